"""A subscriber on raw frames, with one connection after the other and one memory."""

import threading

from tests.recovery.rest_reader import received
from tests.recovery.scenario import Message
from tests.support.packets import Memory
from tests.support.server import LiveServer
from tests.support.wire import WireClient

TURN = 0.2
"""Seconds of silence after which it looks whether it is to stop."""
PAUSE = 0.02


class WireListener:
    """Subscribes to rooms; what it has read from a lost connection counts."""

    def __init__(self, server: LiveServer) -> None:
        self.events: list[Message] = []
        self.pids: set[str | None] = set()
        self._server = server
        self._memory = Memory()

    def join(self, rooms: list[str]) -> None:
        """Join the rooms, which are still empty."""
        client = self._connect()
        for room in rooms:
            assert client.call("/chat", "join", {"room": room})["data"]["messages"] == []
        self._leave(client)

    def run(self, stop: threading.Event) -> None:
        """Read events, on a new connection after each lost one."""
        while not stop.is_set():
            try:
                self._listen(stop)
            except OSError:
                threading.Event().wait(PAUSE)

    def finish(self, last: Message) -> None:
        """Reconnect once more and read up to the last message."""
        client = self._connect()
        if last not in self.events:
            client.wait_event("message", lambda m, _: m == last)
        self._leave(client)

    def _listen(self, stop: threading.Event) -> None:
        client = self._connect()
        try:
            while not stop.is_set():
                try:
                    client.pump(TURN)
                except TimeoutError:
                    continue
        finally:
            self._leave(client)

    def _connect(self) -> WireClient:
        client = WireClient(self._server.host, self._server.port, memory=self._memory)
        try:
            client.connect(timeout=5)
        except OSError:
            self._leave(client)
            raise
        self.pids.add(self._memory.pid["/chat"])
        return client

    def _leave(self, client: WireClient) -> None:
        client.abort()
        self.events += received(client)
