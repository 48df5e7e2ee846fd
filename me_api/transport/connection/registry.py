"""What all connections of one server share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from me_api.transport.connection.addresses import AddressSlots
from me_api.transport.connection.byte_budget import ByteBudget
from me_api.transport.connection.flusher import Flusher
from me_api.transport.connection.keepalive import KeepAlive

MAX_OUTPUT = 256 * 1024 * 1024
"""The most bytes that wait for clients to read them; for one address, half of it."""


@dataclass(slots=True)
class ReceivedCounts:
    """How many requests, events and messages have been received, by interface."""

    http: int = 0
    """Requests, but cacheable ones: those are answered in less time than counting costs."""
    socketio: int = 0
    """Events of Socket.IO."""
    websocket: int = 0
    """Messages of native WebSockets."""

    def by_interface(self) -> dict[str, int]:
        """Return the counts by the names that interfaces have in metrics."""
        return asdict(self)


class Registry:
    """The open connections of one server, with the flusher, keepalive and limits they share."""

    def __init__(
        self,
        *,
        ping_interval: float,
        ping_timeout: float,
        write_buffer_limit: int,
        input_limit: int,
    ) -> None:
        self.ping_interval = ping_interval
        """Seconds."""
        self.ping_timeout = ping_timeout
        """Seconds."""
        self.write_buffer_limit = write_buffer_limit
        """Bytes that may wait for one client."""
        self.addresses = AddressSlots()
        """Connections of each client address."""
        self.input_budget = ByteBudget(input_limit)
        """Bytes of incomplete requests and messages."""
        self.output_budget = ByteBudget(MAX_OUTPUT)
        """Bytes of responses that wait for their clients."""
        self.flusher = Flusher()
        self.keepalive = KeepAlive(ping_interval, ping_timeout)
        self.websockets: set[Any] = set()
        self.closing: dict[Any, None] = {}
        """WebSockets whose closing handshake has begun, the oldest first."""
        self.streams: set[Any] = set()
        self.received = ReceivedCounts()

    def abort_oldest_closing(self) -> bool:
        """Abort the WebSocket that has been closing longest; return False if there is none."""
        for websocket in self.closing:
            websocket.abort()
            return True
        return False
