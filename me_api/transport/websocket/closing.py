"""How a WebSocket connection ends: as RFC 6455 has it, section 7.

What was queued leaves, then a close frame, and nothing after it; when the other side has sent its
own, or has broken the protocol, the sending half of the connection is closed, and the rest when
the other side has closed its half. Who does not is given some seconds. What comes after a close
frame, ours or theirs, reaches nobody.
"""

from __future__ import annotations

from contextlib import suppress
from socket import SHUT_RDWR, SHUT_WR
from socket import socket as RawSocket
from typing import Any, Protocol

from eventlet import hubs

from me_api.transport.connection.flusher import Flusher
from me_api.transport.connection.socket_reader import Ear
from me_api.transport.connection.write_buffer import Outbox
from me_api.transport.eventloop import log_exceptions
from me_api.transport.websocket.frames import NORMAL, goodbye

CLOSE_SECONDS = 5.0
"""How long the other side may take to read what was sent before, and to close."""


class Owner(Protocol):
    """Who gets what a link receives; called in the hub, so it never waits."""

    @property
    def busy(self) -> bool:
        """Whether nothing more should be received for now."""

    def receive(self, data: str | bytes) -> object:
        """Take a message."""

    def lost(self) -> None:
        """Hear that the connection is ending: nothing more comes or goes."""


class Closing(Ear):
    """What a connection is sent, until both sides have said goodbye."""

    __slots__ = ("_deadline", "_gone", "_heard_all", "_said_all", "closed", "outbox", "owner")

    def __init__(self, sock: RawSocket, flusher: Flusher, limit: int) -> None:
        super().__init__(sock)
        self._deadline: Any = None
        self._said_all = self._heard_all = self._gone = False
        self.owner: Owner | None = None
        self.outbox = Outbox(sock, flusher, limit, self.end)
        self.closed = False

    def close(self, code: int = NORMAL, reason: str = "", *, drop: bool = False) -> None:
        """Say goodbye; what was queued leaves before, but with `drop` only what has begun to."""
        if not self.closed:
            self._say_goodbye(goodbye(code, reason), drop)

    def leave(self, code: int) -> None:
        """Say goodbye without a word to the owner, whose client comes back to another process."""
        self.owner = None
        self.close(code)

    def end(self) -> None:
        """End the connection at once."""
        if self._gone:
            return
        self._gone = self.closed = True
        self._stop_listening()
        self.outbox.close()
        if self._deadline is not None:
            self._deadline.cancel()
        with suppress(OSError):  # The other side was quicker.
            self._sock.shutdown(SHUT_RDWR)
        self._sock.close()
        self._tell_lost()

    def _say_goodbye(self, farewell: bytes, drop: bool = False) -> None:
        self.closed = True
        self._deadline = hubs.get_hub().schedule_call_global(CLOSE_SECONDS, self.end)
        if self._listener is None:
            self._listen()
        self.outbox.finish(farewell, self._said, drop=drop)
        self._tell_lost()

    def _said(self) -> None:
        """Go on when the close frame has left."""
        self._said_all = True
        self._close_half()

    def _heard(self) -> None:
        """Go on when nothing more is to be heard: there was a close frame, or the end."""
        self._heard_all = True
        self._close_half()

    def _hear_end(self) -> None:
        """End with the other side, which may have closed only its half, and still read."""
        if self.closed and not self._said_all:
            self._stop_listening()
            self._heard()
        else:
            self.end()

    def _close_half(self) -> None:
        """Close the sending half when both have said goodbye.

        To close both at once would reset the connection where something unread has come, and a
        reset takes with it what the other side has not read yet.
        """
        if not (self._said_all and self._heard_all):
            return
        if self._listener is None:
            self.end()
            return
        with suppress(OSError):  # The other side was quicker.
            self._sock.shutdown(SHUT_WR)

    def _tell_lost(self) -> None:
        owner, self.owner = self.owner, None
        if owner is not None:
            log_exceptions(owner.lost)

    def _thrown(self, *_error: object) -> None:
        self.end()
