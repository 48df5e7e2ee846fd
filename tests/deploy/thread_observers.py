"""Clients that follow a room in a thread, and reconnect by themselves when they are cut off."""

import threading
from abc import abstractmethod
from http.client import HTTPException

from tests.deploy.observers import Observer
from tests.recovery.scenario import Message
from tests.support.frames import Cut
from tests.support.http import HttpClient
from tests.support.native import ADDED, NativeClient, shown
from tests.support.sse import EventStream
from tests.support.wait import WAIT_SECONDS

PAUSE = 0.05
TURN = 0.2
"""Seconds of silence after which an observer looks whether it is to end."""


class ThreadObserver(Observer):
    """A client that reads in a thread, on one connection after the other."""

    def __init__(self, site: HttpClient, room: str, since: int) -> None:
        self.site = site
        self.room = room
        self.rev = since
        self.messages = []
        self._ending = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=type(self).__name__)
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        self._thread.join(WAIT_SECONDS)
        assert not self._thread.is_alive()
        if self._error is not None:
            raise self._error

    @abstractmethod
    def read(self) -> None:
        """Read on one connection, until it is cut or `ending`."""

    @property
    def ending(self) -> bool:
        return self._ending.is_set()

    def take(self, message: Message) -> None:
        """Remember a message and its position."""
        self.messages.append(message)
        self.rev = message["rev"]

    def _run(self) -> None:
        while not self.ending:
            try:
                self.read()
            except (OSError, HTTPException):
                self._ending.wait(PAUSE)
            except Exception as error:  # noqa: BLE001 - it is raised by close().
                self._error = error
                return


class SseObserver(ThreadObserver):
    """An `EventSource`: it offers the last id that it has received."""

    def read(self) -> None:
        path = f"/chat/rooms/{self.room}/stream"
        address = self.site.host, self.site.port
        # To HTTP/1.0 nginx sends no chunks, which this client cannot read, and ends by closing.
        with EventStream(*address, path, last=str(self.rev), version="1.0") as stream:
            if stream.status != 200:
                raise Cut(f"no stream: {stream.status}")
            taken = 0
            while not self.ending and not stream.closed:
                try:
                    stream.pump(TURN)
                except TimeoutError:
                    continue
                finally:
                    for event in stream.events[taken:]:
                        self.take(event.data)
                    taken = len(stream.events)


class NativeObserver(ThreadObserver):
    """A native WebSocket that reconnects with the last rev."""

    def read(self) -> None:
        path = f"/ws/chat?room={self.room}&since={self.rev}"
        client = NativeClient(self.site, path, "json")
        taken = 0
        try:
            if client.status != 101:
                raise Cut(f"no upgrade: {client.status}")
            while not self.ending:
                try:
                    client.pump(TURN)
                except TimeoutError:
                    continue
                finally:
                    for body in client.bodies[taken:]:
                        if "event" not in body:
                            message = {n: v for n, v in body.items() if n not in ADDED}
                            assert body == shown(message)
                            self.take(message)
                    taken = len(client.bodies)
        finally:
            client.socket.close()


class LongPollObserver(ThreadObserver):
    """A client that asks for changes, and waits."""

    def read(self) -> None:
        path = f"/chat/rooms/{self.room}/changes?since={self.rev}&wait=1"
        reply = self.site.get(path)
        if reply.status != 200:
            raise Cut(f"no page: {reply.status}")
        for message in reply.json["data"]:
            self.take(message)
        self.rev = reply.json["rev"]
