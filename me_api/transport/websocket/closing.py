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
from me_api.transport.connection.socket_reader import SocketReader
from me_api.transport.connection.write_buffer import WriteBuffer
from me_api.transport.eventloop import log_exceptions
from me_api.transport.websocket.frames import NORMAL, close_frame

CLOSE_SECONDS = 5.0
"""How long the other side may take to read what was sent before, and to close."""


class ConnectionOwner(Protocol):
    """Who gets what a link receives; called in the hub, so it never waits."""

    @property
    def reading_paused(self) -> bool:
        """Whether nothing more should be received for now."""

    def message_received(self, data: str | bytes) -> object:
        """Take a message."""

    def connection_lost(self) -> None:
        """Hear that the connection is ending: nothing more comes or goes."""


class ClosingHandshake(SocketReader):
    """What a connection is sent, until both sides have said goodbye."""

    __slots__ = (
        "_aborted",
        "_close_was_received",
        "_close_was_sent",
        "_deadline",
        "closed",
        "owner",
        "write_buffer",
    )

    def __init__(self, sock: RawSocket, flusher: Flusher, limit: int) -> None:
        super().__init__(sock)
        self._deadline: Any = None
        self._close_was_sent = self._close_was_received = self._aborted = False
        self.owner: ConnectionOwner | None = None
        self.write_buffer = WriteBuffer(sock, flusher, limit, self.abort)
        self.closed = False

    def close(self, code: int = NORMAL, reason: str = "", *, drop: bool = False) -> None:
        """Say goodbye; what was queued leaves before, but with `drop` only what has begun to."""
        if not self.closed:
            self._send_close(close_frame(code, reason), drop)

    def close_detached(self, code: int) -> None:
        """Say goodbye without a word to the owner, whose client comes back to another process."""
        self.owner = None
        self.close(code)

    def abort(self) -> None:
        """End the connection at once."""
        if self._aborted:
            return
        self._aborted = self.closed = True
        self.stop_reading()
        self.write_buffer.close()
        if self._deadline is not None:
            self._deadline.cancel()
        with suppress(OSError):  # The other side was quicker.
            self._sock.shutdown(SHUT_RDWR)
        self._sock.close()
        self._notify_owner()

    def _send_close(self, farewell: bytes, drop: bool = False) -> None:
        self.closed = True
        self._deadline = hubs.get_hub().schedule_call_global(CLOSE_SECONDS, self.abort)
        if self._listener is None:
            self.start_reading()
        self.write_buffer.close_after(farewell, self._close_sent, drop=drop)
        self._notify_owner()

    def _close_sent(self) -> None:
        """Go on when the close frame has left."""
        self._close_was_sent = True
        self._close_half()

    def _close_received(self) -> None:
        """Go on when nothing more is to be heard: there was a close frame, or the end."""
        self._close_was_received = True
        self._close_half()

    def eof_received(self) -> None:
        """End with the other side, which may have closed only its half, and still read."""
        if self.closed and not self._close_was_sent:
            self.stop_reading()
            self._close_received()
        else:
            self.abort()

    def _close_half(self) -> None:
        """Close the sending half when both have said goodbye.

        To close both at once would reset the connection where something unread has come, and a
        reset takes with it what the other side has not read yet.
        """
        if not (self._close_was_sent and self._close_was_received):
            return
        if self._listener is None:
            self.abort()
            return
        with suppress(OSError):  # The other side was quicker.
            self._sock.shutdown(SHUT_WR)

    def _notify_owner(self) -> None:
        owner, self.owner = self.owner, None
        if owner is not None:
            log_exceptions(owner.connection_lost)

    def connection_lost(self, *_error: object) -> None:
        self.abort()
