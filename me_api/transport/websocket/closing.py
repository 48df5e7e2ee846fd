"""The closing handshake of a WebSocket (RFC 6455, section 7).

Queued data is sent, then a Close frame. Once the peer's Close frame has arrived, or it has violated
the protocol, writing is shut down, and the socket is closed when the peer has closed its side, or
after `CLOSE_SECONDS`. Data received after a Close frame, sent or received, is discarded.
"""

from __future__ import annotations

from contextlib import suppress
from socket import SHUT_RDWR, SHUT_WR
from socket import socket as RawSocket
from typing import Any, Protocol

from eventlet import hubs

from me_api.transport.connection import flow_control
from me_api.transport.connection.flusher import Flusher
from me_api.transport.connection.socket_reader import SocketReader
from me_api.transport.connection.write_buffer import WriteBuffer
from me_api.transport.eventloop import log_exceptions
from me_api.transport.websocket.frames import NORMAL, close_frame


class ConnectionOwner(Protocol):
    """Processes what a connection receives. Its methods are called in the hub: they never block."""

    @property
    def reading_paused(self) -> bool:
        """Whether nothing more is to be received for now (backpressure)."""

    def message_received(self, data: str | bytes) -> object:
        """Process a text or binary message."""

    def connection_lost(self) -> None:
        """React to the end of the connection. Called once, when closing begins."""


class ClosingHandshake(SocketReader):
    """The writing and closing half of a connection; `WebSocketConnection` adds the reading."""

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
        """Start the closing handshake behind what is queued. Never blocks.

        With `drop`, queued data is discarded, except the rest of a frame that was sent in part.
        """
        if not self.closed:
            self._send_close(close_frame(code, reason), drop)

    def close_detached(self, code: int) -> None:
        """Start the closing handshake without notifying the owner."""
        # For the shutdown: the client will resume its session in the next process, so the owner
        # must not treat it as having left.
        self.owner = None
        self.close(code)

    def abort(self) -> None:
        """Close the socket at once, without a handshake; discard what is queued."""
        if self._aborted:
            return
        self._aborted = self.closed = True
        self.stop_reading()
        self.write_buffer.close()
        if self._deadline is not None:
            self._deadline.cancel()
        with suppress(OSError):  # The peer has closed or reset the connection already.
            self._sock.shutdown(SHUT_RDWR)
        self._sock.close()
        self._notify_owner()

    def _send_close(self, frame: bytes, drop: bool = False) -> None:
        # Set first: what the write buffer and the owner do from here on must not close again.
        self.closed = True
        self._deadline = hubs.get_hub().schedule_call_global(flow_control.CLOSE_SECONDS, self.abort)
        # Reading may have been paused, but the peer's Close frame has to be read.
        if self._listener is None:
            self.start_reading()
        self.write_buffer.close_after(frame, self._close_sent, drop=drop)
        self._notify_owner()

    def _close_sent(self) -> None:
        """Continue when the write buffer has sent the Close frame."""
        self._close_was_sent = True
        self._shut_down_writing()

    def _close_received(self) -> None:
        """Continue when the peer will send nothing more: a Close frame, a violation, or EOF."""
        self._close_was_received = True
        self._shut_down_writing()

    def eof_received(self) -> None:
        # While queued data is being sent, the peer may have shut down only its sending side and
        # still be reading. Otherwise there is nothing left to wait for.
        if self.closed and not self._close_was_sent:
            self.stop_reading()
            self._close_received()
        else:
            self.abort()

    def _shut_down_writing(self) -> None:
        """Shut down writing if both Close frames have been exchanged (section 7.1.1)."""
        if not (self._close_was_sent and self._close_was_received):
            return
        # Nothing is being read: the peer's EOF has arrived before.
        if self._listener is None:
            self.abort()
            return
        # Only the sending side: closing the socket while received data is unread causes a reset,
        # which discards what the peer has not read yet. EOF, or the deadline, closes the rest.
        with suppress(OSError):  # The peer has closed or reset the connection already.
            self._sock.shutdown(SHUT_WR)

    def _notify_owner(self) -> None:
        owner, self.owner = self.owner, None
        if owner is not None:
            log_exceptions(owner.connection_lost)

    def connection_lost(self, *_error: object) -> None:
        self.abort()
