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
    """The last pending join or leave of a nick.

    `first` is the first event that is pending and its sender, and `reads` how often the member list
    had been read before it.
    """

    event: str
    sender: str
    first: tuple[str, str]
    reads: int


@dataclass(slots=True)
class PendingChanges:
    """The pending changes of a room by nick, and how often its member list has been read."""

    changes: dict[str, PresenceChange] = field(default_factory=dict)
    reads: int = 0

    def add(self, sender: str, event: str, nick: str) -> None:
        """Add a join or leave; what is as it was before the first change is not sent."""
        before = self.changes.pop(nick, None)
        first, reads = (before.first, before.reads) if before else ((event, sender), self.reads)
        # Once the member list has been read, its readers know of some of the changes and the other
        # clients of none, so that only the last is true for all. A nick that has passed to another
        # sender may be verified now, or no longer.
        is_undone = event != first[0] and (event == "left" or sender == first[1])
        if not is_undone or reads != self.reads:
            self.changes[nick] = PresenceChange(event, sender, first, reads)

    def rename(self, sender: str, old: str, new: str) -> bool:
        """Change the nick of a member; return False if the caller has to send both nicks now."""
        if old not in self.changes:
            self.changes.pop(new, None)
            return False
        self.add(sender, "left", old)
        self.add(sender, "joined", new)
        return True

    def last(self, connections: int) -> list[tuple[str, str, str]]:
        """Return sender, event and nick of what to send to so many connections, oldest first."""
        events = []
        for nick, (event, sender, (first, other), _) in self.changes.items():
            if (first, event) == ("left", "joined") and other != sender:
                events.append((other, "left", nick))  # Another person has this nick now.
            events.append((sender, event, nick))
        return events[-max(1, MAX_EVENTS // max(1, connections)) :]


def debounce_delay(connections: int) -> float:
    """Return for how many seconds changes are collected in a room of so many connections."""
    return min(MIN_SECONDS + connections / 1000, MAX_SECONDS)
