"""Broadcasts that are being sent."""

from __future__ import annotations

from time import monotonic
from typing import Any

from me_api.transport.connection.prepared_message import PreparedMessage

MAX_JOINED = 65_536
"""The most bytes of messages that are joined."""


class Broadcast:
    """Messages, and the connections that have not received them yet."""

    __slots__ = ("_message", "_size", "added", "began", "pending")

    def __init__(self, message: PreparedMessage, pending: set[Any]) -> None:
        self._message = message
        self.added: list[PreparedMessage] = []
        """What has been added since `message` was read."""
        self._size = message.size
        self.pending = pending
        self.began = monotonic()

    @property
    def message(self) -> PreparedMessage:
        """What each of these connections is sent, in one piece."""
        # Joined when they are sent, not one by one: each time would copy all of them.
        if self.added:
            self._message = self._message.joined(self.added)
            self.added = []
        return self._message

    def add(self, message: PreparedMessage) -> bool:
        """Add a message behind the others; return False if it cannot be joined with them."""
        size = self._size + message.size
        if size > MAX_JOINED or not self._message.joins(message):
            return False
        self.added.append(message)
        self._size = size
        return True
