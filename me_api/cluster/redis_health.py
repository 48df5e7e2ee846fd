"""Whether what is sent through Redis arrives, as a node finds out by beats of its own.

Pure: nothing here waits; moments are passed in, in seconds of one clock.
"""

from __future__ import annotations

BEAT_SECONDS = 1.0
DEAF_SECONDS = 3.0
"""Seconds without a beat of its own after which a node does not rely on Redis."""
GOOD_BEATS = 5
"""After a loss, Redis is used again when so many beats have arrived over one connection."""


class RedisHealth:
    """The beats that have arrived since the connection was opened."""

    def __init__(self) -> None:
        self._beats = 0
        self._needed = 1
        self._heard = float("-inf")

    def connected(self, now: float) -> None:
        """Note that a connection receives from now on."""
        self._beats, self._heard = 0, now

    def received_beat(self, now: float) -> None:
        """Note a beat of this node."""
        self._beats += 1
        self._heard = now

    def lost(self) -> None:
        """Note that the connection was lost, or could not be opened."""
        self._beats, self._needed = 0, GOOD_BEATS

    def is_deaf(self, now: float) -> bool:
        """Return whether nothing of one's own has arrived for long."""
        return now - self._heard >= DEAF_SECONDS

    def is_up(self, now: float) -> bool:
        """Return whether Redis can be relied on."""
        return self._beats >= self._needed and not self.is_deaf(now)
