"""Comings and goings that are still to be told: what happens at once in a storm is told once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

MIN_SECONDS = 0.05
"""Seconds in which comings and goings are gathered; in a large room up to twenty times as long."""
MAX_SECONDS = 1.0
MAX_EVENTS = 2000
"""Most events that one such gathering sends; of more news the last, which have the true count."""


class PresenceChange(NamedTuple):
    """A coming or going that is still to be told, and how often the list was read before it."""

    event: str
    nick: str
    reads: int


@dataclass(slots=True)
class PendingChanges:
    """What is to be told of a room, by sender, and how often its list was read meanwhile."""

    changes: dict[str, PresenceChange] = field(default_factory=dict)
    reads: int = 0

    def add(self, sender: str, event: str, nick: str) -> None:
        """Note a coming or going; one cancels the other where nobody can know of the first."""
        known = self.changes.pop(sender, None)
        if known is None or known.event == event or known.reads != self.reads:
            self.changes[sender] = PresenceChange(event, nick, self.reads)

    def rename(self, sender: str, nick: str) -> bool:
        """Let who is still to be told of hear of the new nick alone; False where nobody is."""
        if sender not in self.changes:
            return False
        self.changes[sender] = PresenceChange("joined", nick, self.reads)
        return True

    def last(self, audience: int) -> list[tuple[str, PresenceChange]]:
        """Give what is told to so many connections, by sender."""
        return list(self.changes.items())[-max(1, MAX_EVENTS // max(1, audience)) :]


def debounce_delay(audience: int) -> float:
    """Give the seconds for which is gathered in a room of so many connections."""
    return min(MIN_SECONDS + audience / 1000, MAX_SECONDS)
