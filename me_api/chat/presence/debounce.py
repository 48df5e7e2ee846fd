"""Debounced presence changes: joins and leaves of a room that have not been broadcast yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

MIN_SECONDS = 0.05
"""Shortest time in seconds for which changes are collected."""
MAX_SECONDS = 1.0
"""Longest time in seconds for which changes are collected, reached in large rooms."""
MAX_EVENTS = 2000
"""Most events, over all receivers, that one broadcast sends.

Older changes are dropped: each event carries the number of members, so the last is correct.
"""


class PresenceChange(NamedTuple):
    """A pending join or leave, and how often the member list had been read before it."""

    event: str
    nick: str
    reads: int


@dataclass(slots=True)
class PendingChanges:
    """The pending changes of a room by sender, and how often its member list has been read."""

    changes: dict[str, PresenceChange] = field(default_factory=dict)
    reads: int = 0

    def add(self, sender: str, event: str, nick: str) -> None:
        """Add a join or leave; it cancels a pending opposite one of the same sender."""
        pending = self.changes.pop(sender, None)
        # Once the member list has been read, its reader knows of the first change, so the second
        # must be sent. Else nobody knows of either, and both are dropped.
        if pending is None or pending.event == event or pending.reads != self.reads:
            self.changes[sender] = PresenceChange(event, nick, self.reads)

    def rename(self, sender: str, nick: str) -> bool:
        """Replace the nick of a sender's pending change; return False if there is none."""
        if sender not in self.changes:
            return False
        # Only members are renamed, so the pending change is a join.
        self.changes[sender] = PresenceChange("joined", nick, self.reads)
        return True

    def last(self, connections: int) -> list[tuple[str, PresenceChange]]:
        """Return the changes to broadcast to so many connections, by sender, oldest first."""
        return list(self.changes.items())[-max(1, MAX_EVENTS // max(1, connections)) :]


def debounce_delay(connections: int) -> float:
    """Return for how many seconds changes are collected in a room of so many connections."""
    return min(MIN_SECONDS + connections / 1000, MAX_SECONDS)
