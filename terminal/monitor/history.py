"""What the monitor remembers of the changes: how many in each room lately."""

from __future__ import annotations

from collections import Counter, deque

RATE_SECONDS = 60.0
"""The time that the messages of a room are counted for."""


class RoomRates:
    """Counts changes of messages by room, in the last minute."""

    def __init__(self) -> None:
        self._changes: deque[tuple[float, str]] = deque()
        self._counts: Counter[str] = Counter()

    def add(self, room: str, now: float) -> None:
        """Count a change in a room."""
        self._changes.append((now, room))
        self._counts[room] += 1

    def per_minute(self, now: float) -> Counter[str]:
        """Return the number of changes of the last minute, for each room that has any."""
        while self._changes and self._changes[0][0] < now - RATE_SECONDS:
            _, room = self._changes.popleft()
            self._counts[room] -= 1
        return +self._counts
