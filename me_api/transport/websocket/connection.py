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
from me_api.transport.websocket.closing import Closing, Owner
from me_api.transport.websocket.frame_parser import FrameReader, Received
from me_api.transport.websocket.frames import CLOSE, PING, PONG, FrameError, frame


class Link(Closing):
    """One WebSocket connection after its handshake."""

    __slots__ = ("_fault", "_links", "_reader", "_received", "pieces", "ponged")

    def __init__(self, sock: RawSocket, registry: Registry, max_size: int) -> None:
        super().__init__(sock, registry.flusher, registry.outbox_bytes)
        self._links = registry.links
        self._reader = FrameReader(max_size)
        self._received: deque[Received] | None = None
        self._fault: FrameError | None = None
        self.pieces = 0
        """How often something came that ended no frame."""
        self.ponged: Callable[[], object] | None = None
        self._links.add(self)

    def start(self, owner: Owner) -> None:
        """Give what is received to its owner from now on.

        Begun by the hub: it keeps the greenlet that asks it to listen, even a dead one.
        """
        self.owner = owner
        hubs.get_hub().schedule_call_global(0, self._begin)

    def go_on(self) -> None:
        """Receive again, after the owner was busy."""
        hubs.get_hub().schedule_call_global(0, self._begin)

    def end(self) -> None:
        """End the connection at once."""
        self._links.discard(self)
        self._received = None
        super().end()
        self.ponged = None

    def _say_goodbye(self, farewell: bytes, drop: bool = False) -> None:
        self._received = None
        super()._say_goodbye(farewell, drop)

    def _begin(self) -> None:
        if not self.closed and self._listener is None:
            self._listen()
            self._give()

    def _hear(self, data: bytes) -> None:
        if self._heard_all:
            return
        # A deque is made when it is needed: an empty one is larger than all else here.
        received = self._received or deque()
        try:
            self._reader.feed(data, received)
        except FrameError as error:
            self._fault = error
        if not received:
            self.pieces += 1
        if not self.closed:
            self._received = received
            self._give()
        elif self._reader.ended or self._fault:
            self._heard()

    def _give(self) -> None:
        """Hand on what was received, until the owner is busy; what was wrong comes last."""
        while self._received and self.owner is not None:
            if self.owner.busy:
                self._stop_listening()
                return
            opcode, payload = self._received.popleft()
            if opcode < CLOSE:
                log_exceptions(self.owner.receive, payload)
            else:
                self._control(opcode, payload)
        if not self._received:
            self._received = None
        if self._fault is not None and not self.closed:
            self._heard_all = True
            self.close(self._fault.code, str(self._fault))

    def _control(self, opcode: int, payload: Any) -> None:
        if opcode == PING:
            self.outbox.write(frame(PONG, payload))
        elif opcode == CLOSE:
            self._heard_all = True
            self._say_goodbye(frame(CLOSE, payload[:2]))
        elif self.ponged is not None:
            self.ponged()
