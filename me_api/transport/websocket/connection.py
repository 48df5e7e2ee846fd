"""A WebSocket connection, driven by the hub: nobody sleeps for it while it is quiet.

The web server's greenlet makes the handshake and ends; from then on the hub calls `_hear`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from socket import socket as RawSocket
from typing import Any

from eventlet import hubs

from me_api.transport.connection.registry import Registry
from me_api.transport.eventloop import log_exceptions
from me_api.transport.websocket.closing import ClosingHandshake, ConnectionOwner
from me_api.transport.websocket.frame_parser import FrameParser, Received
from me_api.transport.websocket.frames import CLOSE, PING, PONG, FrameError, frame


class WebSocketConnection(ClosingHandshake):
    """One WebSocket connection after its handshake."""

    __slots__ = ("_fault", "_reader", "_received", "_registered", "on_pong", "partial_reads")

    def __init__(self, sock: RawSocket, registry: Registry, max_size: int) -> None:
        super().__init__(sock, registry.flusher, registry.write_buffer_limit)
        self._registered = registry.websockets
        self._reader = FrameParser(max_size)
        self._received: deque[Received] | None = None
        self._fault: FrameError | None = None
        self.partial_reads = 0
        """How often something came that ended no frame."""
        self.on_pong: Callable[[], object] | None = None
        self._registered.add(self)

    def start(self, owner: ConnectionOwner) -> None:
        """Give what is received to its owner from now on.

        Begun by the hub: it keeps the greenlet that asks it to listen, even a dead one.
        """
        self.owner = owner
        hubs.get_hub().schedule_call_global(0, self._begin)

    def resume_reading(self) -> None:
        """Receive again, after the owner was busy."""
        hubs.get_hub().schedule_call_global(0, self._begin)

    def abort(self) -> None:
        """End the connection at once."""
        self._registered.discard(self)
        self._received = None
        super().abort()
        self.on_pong = None

    def _send_close(self, farewell: bytes, drop: bool = False) -> None:
        self._received = None
        super()._send_close(farewell, drop)

    def _begin(self) -> None:
        if not self.closed and self._listener is None:
            self.start_reading()
            self._deliver()

    def data_received(self, data: bytes) -> None:
        if self._close_was_received:
            return
        # A deque is made when it is needed: an empty one is larger than all else here.
        received = self._received or deque()
        try:
            self._reader.receive_data(data, received)
        except FrameError as error:
            self._fault = error
        if not received:
            self.partial_reads += 1
        if not self.closed:
            self._received = received
            self._deliver()
        elif self._reader.ended or self._fault:
            self._close_received()

    def _deliver(self) -> None:
        """Hand on what was received, until the owner is busy; what was wrong comes last."""
        while self._received and self.owner is not None:
            if self.owner.reading_paused:
                self.stop_reading()
                return
            opcode, payload = self._received.popleft()
            if opcode < CLOSE:
                log_exceptions(self.owner.message_received, payload)
            else:
                self._handle_control(opcode, payload)
        if not self._received:
            self._received = None
        if self._fault is not None and not self.closed:
            self._close_was_received = True
            self.close(self._fault.code, str(self._fault))

    def _handle_control(self, opcode: int, payload: Any) -> None:
        if opcode == PING:
            self.write_buffer.write(frame(PONG, payload))
        elif opcode == CLOSE:
            self._close_was_received = True
            self._send_close(frame(CLOSE, payload[:2]))
        elif self.on_pong is not None:
            self.on_pong()
