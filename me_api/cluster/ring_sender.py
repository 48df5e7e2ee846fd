"""Sending rings with what was committed, of many commits together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic

from me_api.cluster.bus import Bus
from me_api.cluster.rings import Ring, follow_on, merge
from me_api.concurrency import Loop

CHANNEL = "ring"
PAUSE_SECONDS = 0.01
"""Seconds between two messages: what one costs its receivers hardly depends on its size."""


class RingSender:
    """Sends the rings of this process; all methods are called on the loop.

    The first after quiet is sent at once, later ones together. `epoch` returns that of the log.
    """

    def __init__(self, loop: Loop, bus: Bus, epoch: Callable[[], str]) -> None:
        self._loop, self._bus, self._epoch = loop, bus, epoch
        self._unsent: list[Ring] = []
        self._next = 0.0

    def send(self, ring: Ring) -> None:
        """Send a ring now or soon; nobody relies on it. Never waits."""
        self._unsent.append(ring)
        if len(self._unsent) == 1:
            delay = self._next - monotonic()
            if delay > 0:
                self._loop.call_later(delay, self._flush)
            else:
                self._flush()

    def _flush(self) -> None:
        # The bus sends in the epoch that the log has now. What was committed in another one may not
        # be in this log.
        epoch = self._epoch()
        rings = [ring for ring in self._unsent if ring.epoch == epoch]
        self._unsent = []
        self._next = monotonic() + PAUSE_SECONDS
        if self._bus.is_connected:
            for group in follow_on(rings):
                self._send(group)

    def _send(self, group: Sequence[Ring]) -> None:
        if len(group) > 1 and self._offer(merge(group)):
            return
        for ring in group:
            # What is too large is announced without its entries, so that nobody waits for them.
            if not self._offer(ring):
                self._offer(replace(ring, entries=None))

    def _offer(self, ring: Ring) -> bool:
        return self._bus.publish(CHANNEL, ring.encode_with_entries())
