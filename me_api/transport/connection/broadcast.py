"""Broadcasts that are being sent."""

from __future__ import annotations

from time import monotonic
from typing import Any

from me_api.transport.connection.prepared_message import PreparedMessage

MAX_JOINED = 65_536
"""The most bytes of messages that are joined."""


class Broadcast:
    """Messages, and the connections that have not received them yet."""

    __slots__ = ("_message", "added", "began", "pending", "size")

    def __init__(self, message: PreparedMessage, pending: set[Any]) -> None:
        self._message = message
        self.added: list[PreparedMessage] = []
        """What has been added since `message` was read."""
        self.size = message.size
        """Bytes of the message and of those that were added."""
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
        size = self.size + message.size
        if size > MAX_JOINED or not self._message.joins(message):
            return False
        self.added.append(message)
        self.size = size
        return True


def join_waiting(oldest: Broadcast, later: list[Broadcast]) -> PreparedMessage | None:
    """Return as one message what all recipients of a broadcast wait for.

    `later` are the broadcasts that some of them wait for, too. Return None if not all do, or if the
    messages cannot be joined.
    """
    if not later:
        return oldest.message
    messages = [broadcast.message for broadcast in later]
    joins = (
        oldest.size + sum(broadcast.size for broadcast in later) <= MAX_JOINED
        and all(oldest.pending <= broadcast.pending for broadcast in later)
        and all(map(oldest.message.joins, messages))
    )
    return oldest.message.joined(messages) if joins else None
