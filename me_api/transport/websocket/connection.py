"""A WebSocket connection driven by callbacks of the hub, so that no greenlet waits for it.

A greenlet of the web server does the handshake, and is free for another request. Then the hub calls
back when bytes arrive.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from socket import socket as RawSocket
from sys import maxsize
from time import monotonic
from typing import Any

from eventlet import hubs

from me_api.transport.connection.registry import Registry
from me_api.transport.eventloop import log_exceptions
from me_api.transport.websocket.closing import ClosingHandshake, ConnectionOwner
from me_api.transport.websocket.frame_parser import FrameParser, Received
from me_api.transport.websocket.frames import CLOSE, PING, PONG, TRY_AGAIN, FrameError, frame

MESSAGES_PER_TURN = 64
"""Messages of one connection that are processed before those of others. 64 KB may hold 9,000."""
TURN_SECONDS = 0.008
"""Seconds that they may take together; a single one may take longer."""


class WebSocketConnection(ClosingHandshake):
    """One WebSocket connection after its handshake: passes messages to its owner."""

    __slots__ = (
        "_address",
        "_counted",
        "_fault",
        "_is_behind",
        "_parser",
        "_received",
        "_registry",
        "_resumes",
        "_unread",
        "on_pong",
        "partial_reads",
    )

    def __init__(
        self,
        sock: RawSocket,
        registry: Registry,
        max_size: int,
        address: str = "",
        unread: bytes = b"",
    ) -> None:
        """Take over the socket of an address; `unread` was received behind the handshake."""
        super().__init__(sock, registry.flusher, registry.write_buffer_limit)
        self._registry = registry
        self._parser = FrameParser(max_size)
        self._received: deque[Received] | None = None
        self._fault: FrameError | None = None
        self._is_behind = False
        """Whether the parser has stopped before the end of what was read."""
        self._resumes = False
        self._unread = unread
        self._address = address
        self._counted = 0
        self.partial_reads = 0
        """How often data arrived that did not complete a frame, which shows as well as a pong that
        the client is alive."""
        self.on_pong: Callable[[], object] | None = None
        registry.websockets.add(self)

    def start(self, owner: ConnectionOwner) -> None:
        """Pass what is received to `owner` from now on."""
        self.owner = owner
        self.resume_reading()

    def resume_reading(self) -> None:
        """Read again after the owner has paused reading, in the next turn of the hub."""
        # Not called directly: hub.add() keeps a reference to the greenlet that calls it, even to a
        # dead one. Called by the hub, that is the hub's own greenlet.
        if not self._resumes:
            self._resumes = True
            hubs.get_hub().schedule_call_global(0, self._start_reading)

    def abort(self) -> None:
        self._registry.websockets.discard(self)
        self._registry.closing.pop(self, None)
        self._received = None
        self._discard_input()
        super().abort()
        self.on_pong = None

    def _send_close(self, frame: bytes, drop: bool = False) -> None:
        self._received = None
        self._registry.closing[self] = None
        super()._send_close(frame, drop)
        if self._is_behind:
            # The peer's Close frame may have been read already.
            hubs.get_hub().schedule_call_global(0, self.data_received, b"")

    def _start_reading(self) -> None:
        self._resumes = False
        # The connection may have been closed, or be read already, before the hub came here.
        if self.closed or self._listener is not None:
            return
        self.start_reading()
        if self._received:
            self._deliver()
        elif self._unread or self._is_behind:
            unread, self._unread = self._unread, b""
            self.data_received(unread)

    def data_received(self, data: bytes) -> None:
        if self._close_was_received:
            return
        # Created on demand: an empty deque is larger than everything else of an idle connection.
        received = self._received or deque()
        try:
            # Behind our Close frame only the peer's counts, so that all is parsed at once.
            most = maxsize if self.closed else MESSAGES_PER_TURN
            self._is_behind = self._parser.receive_data(data, received, most)
            if self._counted or not received:
                self._count_buffered()
        except FrameError as error:
            # The messages before the violation are delivered first.
            # Its traceback refers to this frame, and so to `data` and to the connection itself.
            self._fault = error.with_traceback(None)
            self._discard_input()
        if data and not received:
            self.partial_reads += 1
        if not self.closed:
            self._received = received
            self._deliver()
        # Our Close frame is on its way: messages are discarded, only the peer's Close counts.
        elif self._parser.close_received or self._fault:
            self._close_received()

    def _count_buffered(self) -> None:
        """Count what is buffered of a message; raise `FrameError` if all hold too much."""
        budget = self._registry.input_budget
        counted = budget.change(self._address, self._counted, self._parser.buffered)
        if counted is None:
            raise FrameError(TRY_AGAIN, "too many incomplete messages")
        self._counted = counted

    def _discard_input(self) -> None:
        self._parser.discard()
        self._count_buffered()

    def _deliver(self) -> None:
        """Pass received messages to the owner until it pauses; then handle a violation.

        After some of them the hub serves the other connections first.
        """
        end = monotonic() + TURN_SECONDS
        while self._received and self.owner is not None and monotonic() < end:
            if self.owner.reading_paused:
                self.stop_reading()
                return
            opcode, payload = self._received.popleft()
            if opcode < CLOSE:
                log_exceptions(self.owner.message_received, payload)
            else:
                self._handle_control(opcode, payload)
        if not self.closed and (self._received or self._is_behind or self._unread):
            self.stop_reading()
            self.resume_reading()
            return
        self._received = None
        # RFC 6455, section 7.1.7: fail the connection. No Close frame is awaited from the peer,
        # since nothing after a violation can be parsed.
        if self._fault is not None and not self.closed:
            self._close_was_received = True
            self.close(self._fault.code, str(self._fault))

    def _handle_control(self, opcode: int, payload: Any) -> None:
        if opcode == PING:
            self.write_buffer.write(frame(PONG, payload))
        elif opcode == CLOSE:
            # RFC 6455, section 5.5.1: the response repeats the status code that was received.
            self._close_was_received = True
            self._send_close(frame(CLOSE, payload[:2]))
        elif self.on_pong is not None:
            self.on_pong()
