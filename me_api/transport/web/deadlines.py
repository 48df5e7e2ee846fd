"""Deadlines of connections that wait for input, with one timer for all of them."""

from __future__ import annotations

from itertools import islice
from time import monotonic
from typing import Any, Protocol

from eventlet import hubs

from me_api.transport.eventloop import log_exceptions

SWEEP_SECONDS = 1.0
SLICE = 64
"""The most connections that expire in one turn of the hub."""


class Waiting(Protocol):
    """A connection that may wait in a queue."""

    waiting_in: Any
    """The queue in which it waits, None if it waits in none."""
    due: float
    """When it expires, as `monotonic` counts."""

    def expire(self) -> None:
        """End the connection, which has waited too long."""

    def close(self) -> None:
        """Close the connection at once."""


class DeadlineQueue:
    """Connections that wait for the same number of seconds, in the order in which they are due."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        # A connection may be due later than its entry says, or not wait any more: restarting and
        # ending a deadline change only the connection, and the entry is looked at when it is due.
        self._entries: dict[Waiting, float] = {}
        self._running = False

    def add(self, connection: Waiting) -> None:
        """Start the deadline of a connection, or start it anew."""
        connection.due = monotonic() + self.seconds
        if connection.waiting_in is self:
            return
        connection.waiting_in = self
        self._entries.setdefault(connection, connection.due)
        if not self._running:
            self._running = True
            hubs.get_hub().schedule_call_global(SWEEP_SECONDS, self._sweep)

    def remove(self, connection: Waiting) -> None:
        """Forget a connection, which has been closed."""
        self._entries.pop(connection, None)

    def close_oldest(self) -> bool:
        """Close the connection that has waited longest; return False if there is none."""
        while self._entries:
            connection, due = next(iter(self._entries.items()))
            if self._is_due(connection, due):
                log_exceptions(connection.close)
                return True
        return False

    def _is_due(self, connection: Waiting, moment: float) -> bool:
        """Take the entry of a connection out; return whether it is due by then.

        If it still waits, but until later, it is queued again.
        """
        del self._entries[connection]
        if connection.waiting_in is not self:
            return False
        if connection.due > moment:
            self._entries[connection] = connection.due
            return False
        return True

    def _sweep(self) -> None:
        """Expire what is due; of many connections, some in each turn of the hub."""
        now, wait = monotonic(), SWEEP_SECONDS
        for number, (connection, due) in enumerate(list(islice(self._entries.items(), SLICE + 1))):
            if due > now:
                break
            if number == SLICE:
                wait = 0
            elif connection in self._entries and self._is_due(connection, now):
                log_exceptions(connection.expire)
        self._running = bool(self._entries)
        if self._running:
            hubs.get_hub().schedule_call_global(wait, self._sweep)
