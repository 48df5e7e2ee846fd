"""Who has lost the connection and still counts as present: one timer for all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic

from me_api.concurrency import Loop

Place = tuple[str, str]
"""A room, and whose place in it is kept."""


class GracePeriods:
    """Places that are kept for a grace; `gone` hears of each that was not taken again."""

    def __init__(self, loop: Loop, on_expired: Callable[[str, str], None]) -> None:
        self._loop = loop
        self._on_expired = on_expired
        self._until: dict[Place, float] = {}
        self._order: deque[tuple[float, Place]] = deque()
        self._places: dict[str, tuple[Place, ...]] = {}

    def start(self, room: str, sender: str, nick: str, seconds: float) -> None:
        """Keep somebody's place, noted under the folded nick."""
        place, until = (room, sender), monotonic() + seconds
        if not self._order:
            self._loop.call_later(seconds, self._sweep)
        self._until[place] = until
        self._order.append((until, place))
        self._places[nick] = (*self._places.get(nick, ()), place)

    def cancel(self, room: str, sender: str, nick: str) -> None:
        """Keep it no longer: it is taken again, or given up."""
        place = (room, sender)
        if self._until.pop(place, None) is None:
            return
        rest = tuple(other for other in self._places.pop(nick) if other != place)
        if rest:
            self._places[nick] = rest

    def for_nick(self, nick: str) -> tuple[Place, ...]:
        """Give the places that are kept under a nick."""
        return self._places.get(nick, ())

    def _sweep(self) -> None:
        """Give up what is due; one that was taken again meanwhile has another time, or none."""
        now = monotonic()
        while self._order and self._order[0][0] <= now:
            until, place = self._order.popleft()
            if self._until.get(place) == until:
                self._on_expired(*place)
        if self._order:
            self._loop.call_later(self._order[0][0] - now, self._sweep)
