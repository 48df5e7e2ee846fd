"""What the connections of one server share."""

from __future__ import annotations

from typing import Any

from me_api.transport.connection.flusher import Flusher
from me_api.transport.connection.keepalive import KeepAlive


class Registry:
    """The open connections of one server, with the flusher, pings and limits that they share."""

    def __init__(self, *, ping_interval: float, ping_timeout: float, outbox_bytes: int) -> None:
        self.ping_interval = ping_interval
        self.ping_timeout = ping_timeout
        self.outbox_bytes = outbox_bytes
        self.flusher = Flusher()
        self.keepalive = KeepAlive(ping_interval, ping_timeout)
        self.websockets: set[Any] = set()
        self.streams: set[Any] = set()
