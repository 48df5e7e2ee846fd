"""The log as the doorbell uses it: what other nodes announce is read and published."""

from __future__ import annotations

from me_api.cluster.rings import Ring
from me_api.concurrency import Loop
from me_api.eventlog.eventlog import EventLog
from me_api.eventlog.shared_state import Counters


class RingReader:
    """Implements `me_api.cluster.LogReader`."""

    def __init__(self, loop: Loop, log: EventLog) -> None:
        self._loop, self._log = loop, log

    @property
    def delivered(self) -> int:
        """The last position published to subscribers."""
        return self._log.delivered

    @property
    def is_current(self) -> bool:
        """Whether it was looked a moment ago what has been committed."""
        return self._log.version is not None

    def catch_up(self) -> None:
        """Publish what any process has committed; raise `DBAPIError` if it cannot be read."""
        # Not up to the head that was announced: the tail has to see of which epoch it is.
        self._log.tail.catch_up()

    def note(self, ring: Ring) -> None:
        """Note what a ring announces, and follow a change of access, which takes no position."""
        self._log.source.note(Counters(ring.generation, ring.access), ring.head)
        if self._log.source.access_changed:
            self._loop.spawn(self._log.tail.catch_up)
