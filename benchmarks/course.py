"""Clients of the course: one of each dialect and subprotocol, in the room but not counted."""

from __future__ import annotations

import json
import os

from benchmarks import wire
from benchmarks.connection import CHUNK, Connection
from benchmarks.load import EventLoop

SPEECHES: dict[str, tuple[tuple[str, object], ...]] = {
    "silent": (),
    "example": (("add user", "example"), ("new message", "hej")),
    **{
        f"{event}, {kind}": ((event, payload),)
        for event in ("chat message", "message", "new message")
        for kind, payload in (
            ("text", "hej"),
            ("object", {"name": "mos", "message": "hej"}),
            ("JSON", json.dumps({"name": "mos", "message": "hej"})),
        )
    },
}
"""For each dialect, the events by which the server recognises it."""
SUBPROTOCOLS = ("json", "text", "broadcast")


class CourseClient(Connection):
    """A client of the namespace `/`, which says what its dialect says, and discards what comes."""

    def __init__(self, loop: EventLoop, port: int, speech: tuple[tuple[str, object], ...]) -> None:
        super().__init__(loop, port)
        self.speech = speech
        self.ready = False
        self._buffer = bytearray()
        self._upgraded = False

    def open(self) -> None:
        """Connect, and say everything; then it is `ready`. Never blocks."""
        self.connect()
        self.send(wire.UPGRADE.format(path=wire.SOCKET_IO, port=self.port).encode())

    def read(self) -> None:
        """Read once, and discard it once the client is ready."""
        size = self.receive()
        if self.ready or size <= 0:
            return
        self._buffer += memoryview(CHUNK)[:size]
        if not self._upgraded and b"\r\n\r\n" in self._buffer:
            assert self._buffer.startswith(b"HTTP/1.1 101"), bytes(self._buffer[:200])
            del self._buffer[: self._buffer.index(b"\r\n\r\n") + 4]
            self._upgraded = True
        if self._upgraded:
            for _, payload in wire.split(self._buffer):
                self._process(payload)

    def connection_lost(self) -> None:
        """Raise `RuntimeError`: such a client stays."""
        raise RuntimeError("a client of the course was disconnected")

    def _process(self, payload: bytes) -> None:
        # Engine.IO: 0 opens the session. Socket.IO: 40 connects, 43 is an acknowledgement.
        if payload.startswith(b"0{"):
            self.send(wire.frame(b"40"))
        elif payload.startswith(b"40"):
            for number, (name, body) in enumerate(self.speech, 1):
                self.send(wire.frame(f"42{number}{json.dumps([name, body])}".encode()))
            self.ready = not self.speech
        elif payload.startswith(f"43{len(self.speech)}[".encode()):
            assert b'"errors"' not in payload, payload
            self.ready = True


class NativeListener(Connection):
    """A native WebSocket of one subprotocol, which discards what it receives."""

    ready = False

    def __init__(self, loop: EventLoop, port: int, subprotocol: str) -> None:
        super().__init__(loop, port)
        self.subprotocol = subprotocol

    def open(self) -> None:
        """Connect to the room; it is `ready` when it has received something."""
        self.connect()
        path = f"/ws/chat?room=lobby&nick={self.subprotocol}&guest={os.urandom(16).hex()}"
        head = wire.UPGRADE.format(path=path, port=self.port)[:-2]
        self.send(f"{head}Sec-WebSocket-Protocol: {self.subprotocol}\r\n\r\n".encode())

    def read(self) -> None:
        """Read once, and discard it."""
        if self.receive() > 0:
            assert self.ready or bytes(CHUNK[:12]) == b"HTTP/1.1 101"
            self.ready = True

    def connection_lost(self) -> None:
        """Raise `RuntimeError`: such a client stays."""
        raise RuntimeError("a native client was disconnected")


def connect_dialects(loop: EventLoop, port: int) -> list[CourseClient | NativeListener]:
    """Connect a client of each dialect and subprotocol to the lobby; return them all, ready."""
    clients: list[CourseClient | NativeListener] = [
        *(CourseClient(loop, port, speech) for speech in SPEECHES.values()),
        *(NativeListener(loop, port, subprotocol) for subprotocol in SUBPROTOCOLS),
    ]
    for client in clients:
        client.open()
    loop.run_until(lambda: all(client.ready for client in clients), 30, "all dialects are spoken")
    return clients
