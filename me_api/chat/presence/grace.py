"""Grace periods: a disconnected user stays in the member list for a while.

One timer serves all of them: thousands of clients may lose their connections at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic

from me_api.concurrency import Loop

Membership = tuple[str, str]
"""The name of a room and a sender in it."""


class GracePeriods:
    """The running grace periods; `on_expired(room, sender)` is called for each that runs out."""

    def __init__(self, loop: Loop, on_expired: Callable[[str, str], None]) -> None:
        self._loop = loop
        self._on_expired = on_expired
        self._until: dict[Membership, float] = {}
        self._order: deque[tuple[float, Membership]] = deque()
        self._by_nick: dict[str, tuple[Membership, ...]] = {}

    def start(self, room: str, sender: str, nick: str, seconds: float) -> None:
        """Start the grace period of a member; `nick` is folded."""
        membership, until = (room, sender), monotonic() + seconds
        # All periods have the same length, so the queue is in the order of their ends.
        if not self._order:
            self._loop.call_later(seconds, self._sweep)
        self._until[membership] = until
        self._order.append((until, membership))
        self._by_nick[nick] = (*self._by_nick.get(nick, ()), membership)

    def cancel(self, room: str, sender: str, nick: str) -> None:
        """End the grace period of a member, if there is one, without a call of `on_expired`."""
        membership = (room, sender)
        if self._until.pop(membership, None) is None:
            return
        rest = tuple(other for other in self._by_nick.pop(nick) if other != membership)
        if rest:
            self._by_nick[nick] = rest

    def for_nick(self, nick: str) -> tuple[Membership, ...]:
        """Return the members with this folded nick whose grace period is running."""
        return self._by_nick.get(nick, ())

    def _sweep(self) -> None:
        now = monotonic()
        try:
            while self._order and self._order[0][0] <= now:
                until, membership = self._order.popleft()
                # A period that was cancelled has no end here; one that was started again, another.
                if self._until.get(membership) == until:
                    self._on_expired(*membership)
        finally:
            # Whatever is raised: without a timer, nobody would ever leave again.
            if self._order:
                self._loop.call_later(max(0, self._order[0][0] - now), self._sweep)
