"""Whether what is sent through Redis arrives, as a node finds out by heartbeats of its own.

Pure: nothing here waits; moments are passed in, in seconds of one clock.
"""

from __future__ import annotations

HEARTBEAT_SECONDS = 1.0
TIMEOUT_SECONDS = 3.0
"""Seconds without a heartbeat of its own after which a node does not rely on Redis."""
HEARTBEATS_NEEDED = 5
"""After a loss, Redis is used again when so many heartbeats have arrived over one connection."""


class RedisHealth:
    """The heartbeats that have arrived since the connection was opened."""

    def __init__(self) -> None:
        self._heartbeats = 0
        self._needed = 1
        self._last_heartbeat = float("-inf")

    def connected(self, now: float) -> None:
        """Note that a connection receives from now on."""
        self._heartbeats, self._last_heartbeat = 0, now

    def received_heartbeat(self, now: float) -> None:
        """Note a heartbeat of this node."""
        self._heartbeats += 1
        self._last_heartbeat = now

    def lost(self) -> None:
        """Note that the connection was lost, or could not be opened."""
        self._heartbeats, self._needed = 0, HEARTBEATS_NEEDED

    def has_timed_out(self, now: float) -> bool:
        """Return whether no heartbeat of this node has arrived for too long."""
        return now - self._last_heartbeat >= TIMEOUT_SECONDS

    def is_up(self, now: float) -> bool:
        """Return whether Redis can be relied on."""
        return self._heartbeats >= self._needed and not self.has_timed_out(now)
