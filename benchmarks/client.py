"""One Socket.IO client on a raw WebSocket: connect, join, post, drop, come back as stock does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

from benchmarks import wire
from benchmarks.connection import CHUNK, Connection
from benchmarks.load import Load


class Refused(RuntimeError):
    """The server did not let a client in, or answered with an error."""


def _nothing(*_: Any) -> None:
    pass


class Client(Connection):
    """A client of the chat. What happens is told through its `on_…` functions.

    `pid` and `offset` are kept when the connection is lost and offered at the next one.
    """

    marks = 1
    """How often a message's text is in it."""
    pinged = True
    """Whether pings come as messages."""

    def __init__(
        self, load: Load, port: int, nick: str | None, room: str | None, *, urgent: bool = False
    ) -> None:
        super().__init__(load, port, urgent=urgent)
        self.nick, self.room = nick, room
        self.guest = os.urandom(16).hex()
        self.buffer = bytearray()
        self.live = self.recovered = False
        self.pid: str | None = None
        self.offset: str | None = None
        self.since: int | None = None
        self.opened = 0.0
        self.on_live: Callable[[Client], None] = _nothing
        self.on_message: Callable[[Client, bytes], None] = _nothing
        self.on_joined: Callable[[Client, dict[str, Any]], None] = _nothing
        self.on_ack: Callable[[bytes], None] = _nothing
        self.on_lost: Callable[[Client], None] = _nothing
        self.after_read: Callable[[], None] = _nothing

    def open(self) -> None:
        """Begin to connect."""
        self.opened = perf_counter()
        self.buffer.clear()
        self.live = self.recovered = False
        self._upgraded = False
        self.dial()
        self.send(self._handshake().encode())

    def _handshake(self) -> str:
        return wire.UPGRADE.format(path=wire.SOCKET_IO, port=self.port)

    def kill(self) -> None:
        """Reset the connection, as a broken cable's router does; nobody is told."""
        self.live = False
        super().kill()

    def lost(self) -> None:
        """Tell that the connection is gone."""
        self.live = False
        self.on_lost(self)

    def post(self, number: int, text: str, key: str | None = None) -> None:
        """Post a message to the client's room."""
        body = {"room": self.room, "text": text}
        self.send(wire.event(number, "post", body if key is None else {**body, "key": key}))

    def read(self) -> None:
        """Read once and act on every whole frame."""
        if (size := self.receive()) <= 0:
            return
        self.buffer += memoryview(CHUNK)[:size]
        if self._upgraded or self._upgrade():
            self._act_on_frames()

    def _upgrade(self) -> bool:
        """Take the answer to the HTTP upgrade off the buffer, once it is whole."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self.buffer.startswith(b"HTTP/1.1 101"):
            raise Refused(bytes(self.buffer[:200]).decode("latin-1"))
        del self.buffer[: end + 4]
        self._upgraded = True
        return True

    def _act_on_frames(self) -> None:
        for opcode, payload in wire.split(self.buffer):
            if payload.startswith(wire.MESSAGE):
                self.on_message(self, payload)
            elif payload.startswith(wire.ACK):
                self._acknowledged(payload)
            elif opcode == wire.TEXT:
                self._control(payload)
            elif opcode == wire.PING:
                self.send(wire.frame(payload, wire.PONG))
        self.after_read()

    def _control(self, payload: bytes) -> None:
        if payload.startswith(b"0{"):
            self.send(wire.connect(self._auth()))
        elif payload == b"2":
            self.send(wire.frame(b"3"))
        elif payload.startswith(wire.CONNECTED):
            self._connected(json.loads(payload[len(wire.CONNECTED) :]))
        elif payload.startswith(wire.REFUSED):
            raise Refused(payload.decode())

    def _auth(self) -> dict[str, Any]:
        auth: dict[str, Any] = {"guest": self.guest}
        if self.nick is not None:
            auth["nick"] = self.nick
        if self.pid is not None:
            auth["pid"] = self.pid
        return auth if self.offset is None else {**auth, "offset": self.offset}

    def _connected(self, data: dict[str, Any]) -> None:
        """Go on where the session was recovered; else join, with what is known of the room."""
        self.recovered = self.pid is not None and data.get("pid") == self.pid
        self.pid = data.get("pid")
        if self.recovered or self.room is None:
            self._go_live()
        else:
            self.join()

    def join(self) -> None:
        """Join the room; the changes after `since` come with the answer."""
        body: dict[str, Any] = {"room": self.room, "limit": 0}
        if self.since is not None:
            body |= {"since": self.since, "limit": 200}
        self.send(wire.event(0, "join", body))

    def _acknowledged(self, payload: bytes) -> None:
        if b'"errors"' in payload[:40]:
            raise Refused(payload.decode())
        if self.live:
            self.on_ack(payload)
            return
        data = json.loads(payload[payload.index(b"[") :])[0]["data"]
        self.on_joined(self, data)
        if data.get("more"):
            self.since = data["rev"]
            self.join()
        else:
            self._go_live()

    def _go_live(self) -> None:
        self.live = True
        self.on_live(self)
