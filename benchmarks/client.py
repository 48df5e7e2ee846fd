"""A Socket.IO client on a raw WebSocket, which reconnects as socket.io-client does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

from benchmarks import wire
from benchmarks.connection import CHUNK, Connection
from benchmarks.load import EventLoop


class RejectedError(RuntimeError):
    """The server has refused a connection, or has answered an event with an error."""


def _ignore(*_: Any) -> None:
    pass


class Client(Connection):
    """A client of the chat, which calls its `on_…` attributes when something happens.

    `pid` and `offset` survive a lost connection. The next connection sends them, so that the
    server can recover the session.
    """

    markers_per_message = 1
    """How often the text, and so the marker in it, occurs in a `message` event."""
    engineio_pings = True
    """Whether the server pings with packets of Engine.IO, not with frames of WebSocket."""

    def __init__(
        self,
        loop: EventLoop,
        port: int,
        nick: str | None,
        room: str | None,
        *,
        urgent: bool = False,
    ) -> None:
        super().__init__(loop, port, urgent=urgent)
        self.nick, self.room = nick, room
        self.guest = os.urandom(16).hex()
        self.buffer = bytearray()
        self.live = self.recovered = False
        self.pid: str | None = None
        self.offset: str | None = None
        self.since: int | None = None
        self.opened = 0.0
        self.on_live: Callable[[Client], None] = _ignore
        self.on_message: Callable[[Client, bytes], None] = _ignore
        self.on_joined: Callable[[Client, dict[str, Any]], None] = _ignore
        self.on_ack: Callable[[bytes], None] = _ignore
        self.on_disconnect: Callable[[Client], None] = _ignore
        self.after_read: Callable[[], None] = _ignore

    def open(self) -> None:
        """Connect, join the room, and then call `on_live`. Never blocks."""
        self.opened = perf_counter()
        self.buffer.clear()
        self.live = self.recovered = False
        self._upgraded = False
        self.connect()
        self.send(self._upgrade_request().encode())

    def _upgrade_request(self) -> str:
        return wire.UPGRADE.format(path=wire.SOCKET_IO, port=self.port)

    def reset(self) -> None:
        """Reset the connection without a closing handshake; `on_disconnect` is not called."""
        self.live = False
        super().reset()

    def connection_lost(self) -> None:
        """Call `on_disconnect` for a connection that the server has closed or that has failed."""
        self.live = False
        self.on_disconnect(self)

    def post(self, number: int, text: str, key: str | None = None) -> None:
        """Post a message to the client's room; its acknowledgement has the id `number`."""
        body = {"room": self.room, "text": text}
        self.send(wire.event(number, "post", body if key is None else {**body, "key": key}))

    def read(self) -> None:
        """Read once, and process every complete frame."""
        if (size := self.receive()) <= 0:
            return
        self.buffer += memoryview(CHUNK)[:size]
        if self._upgraded or self._read_upgrade_response():
            self._process_frames()

    def _read_upgrade_response(self) -> bool:
        """Remove the response to the HTTP upgrade from the buffer; return False if it is partial.

        Raises `RejectedError` if the status is not 101.
        """
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self.buffer.startswith(b"HTTP/1.1 101"):
            raise RejectedError(bytes(self.buffer[:200]).decode("latin-1"))
        del self.buffer[: end + 4]
        self._upgraded = True
        return True

    def _process_frames(self) -> None:
        for opcode, payload in wire.split(self.buffer):
            if payload.startswith(wire.MESSAGE):
                self.on_message(self, payload)
            elif payload.startswith(wire.ACK):
                self._acknowledged(payload)
            elif opcode == wire.TEXT:
                self._process_control_packet(payload)
            elif opcode == wire.PING:
                self.send(wire.frame(payload, wire.PONG))
        self.after_read()

    def _process_control_packet(self, payload: bytes) -> None:
        # Engine.IO: 0 opens the session, 2 is a ping and 3 a pong.
        if payload.startswith(b"0{"):
            self.send(wire.connect(self._auth()))
        elif payload == b"2":
            self.send(wire.frame(b"3"))
        elif payload.startswith(wire.CONNECT):
            self._connected(json.loads(payload[len(wire.CONNECT) :]))
        elif payload.startswith(wire.CONNECT_ERROR):
            raise RejectedError(payload.decode())

    def _auth(self) -> dict[str, Any]:
        auth: dict[str, Any] = {"guest": self.guest}
        if self.nick is not None:
            auth["nick"] = self.nick
        if self.pid is not None:
            auth["pid"] = self.pid
        return auth if self.offset is None else {**auth, "offset": self.offset}

    def _connected(self, data: dict[str, Any]) -> None:
        # The server answers with the client's `pid` if it has recovered the session, and with a
        # new one otherwise. A recovered session is still in its room.
        self.recovered = self.pid is not None and data.get("pid") == self.pid
        self.pid = data.get("pid")
        if self.recovered or self.room is None:
            self._go_live()
        else:
            self.join()

    def join(self) -> None:
        """Join the room. The acknowledgement brings the changes after `since`, if that is known."""
        body: dict[str, Any] = {"room": self.room, "limit": 0}
        if self.since is not None:
            body |= {"since": self.since, "limit": 200}
        self.send(wire.event(0, "join", body))

    def _acknowledged(self, payload: bytes) -> None:
        if b'"errors"' in payload[:40]:
            raise RejectedError(payload.decode())
        if self.live:
            self.on_ack(payload)
            return
        # A client that is not live has sent nothing but `join`.
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
