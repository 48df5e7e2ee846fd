"""Clients that receive: a class for each interface, each as the documentation advises."""

import http.client
import json
from contextlib import suppress
from threading import Event
from time import monotonic
from typing import Any, ClassVar
from urllib.parse import urlencode

from tests.faults import checker
from tests.faults.clients import ANSWER_SECONDS, StockClient, check_gateway
from tests.faults.listener import Listener
from tests.support.frames import Cut
from tests.support.native import NativeClient
from tests.support.sse import EventStream

TURN = 0.1
"""Seconds of silence after which a listener looks whether it is to stop."""
NORMAL_CLOSES = {None, 1001, 1008, 1011, 1013}
"""Codes with which the server may close a WebSocket of a client that has done nothing wrong."""


class StreamListener(Listener):
    """Server-Sent Events of all rooms, resumed by Last-Event-ID."""

    kind = "Server-Sent Events"
    version = "1.1"

    def listen(self, stop: Event) -> None:
        path = f"/stream?{urlencode({'epoch': self.epoch} if self.epoch else {})}"
        host, port = self.server.host, self.server.port
        with EventStream(host, port, path, last=str(self.cursor), version=self.version) as stream:
            check_gateway(stream.status)
            if stream.status != 200:
                return self.refused(stream.status, stream.json)
            self.connections += 1
            # While the database fails, a stream that is resumed has none, and ends at once.
            self.epoch = stream.headers.get("x-epoch", self.epoch)
            return self._read(stream, stop)

    def _read(self, stream: EventStream, stop: Event) -> None:
        taken, silent, seen = 0, monotonic(), 0
        while not stop.is_set():
            for event in stream.events[taken:]:
                self.take(event.data)
            taken = len(stream.events)
            if stream.comments + taken != seen:
                silent, seen = monotonic(), stream.comments + taken
            if monotonic() - silent > ANSWER_SECONDS:
                raise Cut("no keepalive")
            pump(stream, TURN)


class NativeListener(Listener):
    """A native WebSocket, resumed by its cursor."""

    kind = "WebSocket"

    def listen(self, stop: Event) -> None:
        query = {"room": self.rooms[0], "since": self.cursor}
        query |= {"epoch": self.epoch} if self.epoch else {}
        client = NativeClient(self.server, f"/ws/chat?{urlencode(query)}", "json")
        try:
            if client.status != 101:
                return self._refused(client)
            self.connections += 1
            self.epoch = client.socket.headers["x-epoch"]
            return self._read(client, stop)
        finally:
            client.socket.close()

    def _refused(self, client: NativeClient) -> None:
        check_gateway(client.status)
        length = int(client.socket.headers["content-length"])
        body = b""
        while len(body) < length and (more := client.socket.sock.recv(length)):
            body += more
        self.refused(client.status, json.loads(body) if len(body) == length else None)

    def _read(self, client: NativeClient, stop: Event) -> None:
        taken, silent, seen = 0, monotonic(), 0
        while not stop.is_set() and client.closing is None:
            for body in map(json.loads, client.messages[taken:]):
                if "rev" in body:
                    self.take(body)
            taken = len(client.messages)
            if client.socket.received != seen:
                silent, seen = monotonic(), client.socket.received
            if monotonic() - silent > ANSWER_SECONDS:
                raise Cut("no ping")
            pump(client, TURN)
        if client.code not in NORMAL_CLOSES:
            self.checker.report(checker.UNEXPECTED, self.name, f"closed with {client.code}")


class PageListener(Listener):
    """Pages of changes over REST, each on a new connection."""

    kind = "REST, changes"
    query: ClassVar[dict[str, Any]] = {"limit": 5}

    def listen(self, stop: Event) -> None:
        while not stop.is_set():
            query = self.query | {"since": self.cursor}
            query |= {"epoch": self.epoch} if self.epoch else {}
            path = f"/chat/rooms/{self.rooms[0]}/changes?{urlencode(query)}"
            status, body = self.get(path)
            if status != 200:
                return self.refused(status, body)
            self.connections += 1
            for message in body["data"]:
                self.take(message)
            self.cursor, self.epoch = body["rev"], body["epoch"]
            stop.wait(0 if body["more"] else self.pause)
        return None

    pause = TURN

    def get(self, path: str) -> tuple[int, Any]:
        """Send a GET request; return status and body."""
        reply = self.server.get(path, timeout=ANSWER_SECONDS)
        check_gateway(reply.status)
        return reply.status, reply.json


class PollListener(PageListener):
    """Long-polls over REST, on one connection as long as it lasts."""

    kind = "REST, long-poll"
    query: ClassVar[dict[str, Any]] = {"limit": 7, "wait": 1}
    pause = 0
    connection: http.client.HTTPConnection

    def listen(self, stop: Event) -> None:
        host, port = self.server.host, self.server.port
        self.connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS + 1)
        try:
            super().listen(stop)
        finally:
            self.connection.close()

    def get(self, path: str) -> tuple[int, Any]:
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        check_gateway(response.status)
        return response.status, json.loads(response.read())


class StockListener(Listener):
    """A stock socket.io-client in all rooms, which resumes its session by itself."""

    def __init__(self, stock: StockClient, *where: Any) -> None:
        self.kind = stock.name
        super().__init__(*where)
        self._stock = stock
        for room in self.rooms:
            assert stock.client.call("join", {"room": room})["data"]["messages"] == []

    def listen(self, stop: Event) -> None:
        while not stop.is_set():
            for message in self._stock.take():
                self.take(message)
            self.connections = self._stock.connections
            stop.wait(TURN)


def pump(source: EventStream | NativeClient, seconds: float) -> None:
    """Read once if anything comes in this time."""
    with suppress(TimeoutError):
        source.pump(seconds)
