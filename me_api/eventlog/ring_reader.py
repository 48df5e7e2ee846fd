"""The log as the doorbell uses it: what other nodes announce is read and published."""

from __future__ import annotations

from collections.abc import Callable

from me_api.cluster.rings import Ring
from me_api.concurrency import Loop
from me_api.eventlog.commit import Commit
from me_api.eventlog.entry import Entry
from me_api.eventlog.eventlog import EventLog
from me_api.eventlog.poll import try_to_catch_up
from me_api.eventlog.shared_state import Counters


class RingReader:
    """Implements `me_api.cluster.LogReader`.

    `on_received` is called with the number of entries that a ring has carried and that were new.
    """

    def __init__(
        self, loop: Loop, log: EventLog, on_received: Callable[[int], None] = lambda entries: None
    ) -> None:
        self._loop, self._log = loop, log
        self._on_received = on_received

    @property
    def delivered(self) -> int:
        """The last position published to subscribers."""
        return self._log.delivered

    @property
    def is_current(self) -> bool:
        """Whether it was looked a moment ago what has been committed, and guests removed."""
        # The first poll after a pause finds a closed room, and its guests are removed soon after.
        return self._log.version is not None and not self._log.source.access_changed

    @property
    def epoch(self) -> str:
        """The epoch of the log."""
        return self._log.epoch

    def on_commit(self, handler: Callable[[Ring], None]) -> None:
        """Call a handler with what this process has committed and published."""

        def announce(commit: Commit) -> None:
            if commit.counters is not None and commit.before < commit.head:
                entries = [_encode(entry) for entry in commit.entries]
                ring = Ring(commit.before, commit.head, *commit.counters, "", entries, self.epoch)
                handler(ring)

        self._log.announce = announce

    def publish(self, ring: Ring) -> bool:
        """Publish the entries of a ring, if none before them is missing."""
        entries = [Entry(*fields) for fields in ring.entries or ()]
        count = self._log.tail.publish_next(entries, ring.before, ring.head, ring.epoch)
        if count is None:
            return False
        self._on_received(count)
        return True

    def catch_up(self) -> None:
        """Publish what any process has committed; raise `DBAPIError` if it cannot be read."""
        # Not up to the head that was announced: the tail has to see of which epoch it is.
        self._log.tail.catch_up()

    def note(self, ring: Ring) -> None:
        """Note what a ring announces, and follow a change of access, which takes no position."""
        self._log.source.note(Counters(ring.generation, ring.access), ring.head)
        if self._log.source.access_changed:
            self._loop.spawn(try_to_catch_up, self._log)


def _encode(entry: Entry) -> tuple[object, ...]:
    """Return the fields of an entry that do not depend on the reader."""
    return entry.rev, entry.topic, entry.key, entry.body, entry.created_rev
