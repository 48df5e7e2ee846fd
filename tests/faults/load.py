"""All clients of a run: listeners and posters of every kind, each in a thread."""

import secrets
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

from tests.faults.checker import Message
from tests.faults.clients import Address, StockClient
from tests.faults.listener import Listener
from tests.faults.listeners import (
    NativeListener,
    PageListener,
    PollListener,
    StockListener,
    StreamListener,
)
from tests.faults.poster import Poster
from tests.faults.posters import NativePoster, RestPoster, StockPoster
from tests.faults.python_listener import PythonListener
from tests.faults.target import Target
from tests.support.http import HttpClient
from tests.support.node import NodeClients

TRANSPORTS = {
    "Socket.IO, WebSocket": ["websocket"],
    "Socket.IO, polling": ["polling"],
    "Socket.IO, upgrade": ["polling", "websocket"],
}


class Load:
    """Clients that post and receive in the rooms of a target until they are stopped."""

    def __init__(self, target: Target, node: NodeClients, seed: int, pace: float) -> None:
        self._target = target
        self._node = node
        self._seed = seed
        self._pace = pace
        self._stop_posting, self._stop_listening = Event(), Event()
        self._threads = ThreadPoolExecutor(32)
        self.listeners = self._make_listeners()
        self.posters = self._make_posters()
        self._posting = [self._threads.submit(one.run, self._stop_posting) for one in self.posters]
        self._listening = [
            self._threads.submit(one.run, self._stop_listening) for one in self.listeners
        ]

    @property
    def acknowledged(self) -> int:
        """Return the number of changes that have been acknowledged."""
        return sum(poster.acknowledged for poster in self.posters)

    @property
    def refused(self) -> int:
        """Return the number of attempts that were answered with an error that passes."""
        return sum(poster.refused for poster in self.posters)

    def check(self) -> None:
        """Raise the error that has ended a thread, if one has ended."""
        for thread in [*self._posting, *self._listening]:
            if thread.done():
                thread.result()

    def missing(self, messages: list[Message]) -> list[Listener]:
        """Return the listeners that have not received those of these messages that they should."""
        revs = {message["room"]: message["rev"] for message in messages}
        clients = self._target.checker.clients
        return [
            listener
            for listener in self.listeners
            if clients[listener.name].last < max(revs[room] for room in listener.rooms)
        ]

    def stop_posting(self) -> None:
        """Stop when each poster's last change has been acknowledged."""
        end(self._stop_posting, self._posting)

    def stop(self) -> None:
        """Stop all, whatever has happened; the threads have ended when it returns."""
        self._stop_posting.set()
        self._stop_listening.set()
        self._threads.shutdown()

    def _make_listeners(self) -> list[Listener]:
        rooms, where = self._target.rooms, (self._target.to_listeners, self._target.checker)
        stream = StreamListener(*where, rooms)
        stream.version = self._target.stream_version
        return [
            stream,
            NativeListener(*where, rooms[:1]),
            PageListener(*where, rooms[1:2]),
            PollListener(*where, rooms[:1]),
            PythonListener(*where, rooms[1:2]),
            *(
                StockListener(self._stock(name, self._target.to_listeners), *where, rooms)
                for name in TRANSPORTS
            ),
        ]

    def _make_posters(self) -> list[Poster]:
        server = HttpClient("127.0.0.1", self._target.to_posters.port)
        token, secret = self._target.token, secrets.token_hex(16)
        stock = self._stock(
            "Socket.IO, WebSocket", self._target.to_posters, nick="stock", guest=secret
        )
        return [
            RestPoster(server, *self._named("guest")),
            RestPoster(server, *self._named("user"), token=token),
            NativePoster(server, *self._named("native")),
            StockPoster(stock, *self._named("stock")),
        ]

    def _named(self, name: str) -> tuple[Any, ...]:
        self._seed += 1
        return name, self._target.checker, self._target.rooms, self._seed, self._pace

    def _stock(self, name: str, address: Address, **auth: str) -> StockClient:
        checker = self._target.checker
        return StockClient(self._node, address.url, name, checker, TRANSPORTS[name], **auth)


def end(stop: Event, threads: list["Future[None]"]) -> None:
    """Set an event, and wait until these threads have ended; raise their errors."""
    stop.set()
    for thread in threads:
        thread.result()
