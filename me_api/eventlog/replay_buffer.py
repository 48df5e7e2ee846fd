"""Recent changes in memory, from which reconnecting clients are served without the database."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from me_api.eventlog.entry import Entry, feed_of

MAX_ROWS = 4096
"""The most rows held; the one that has not changed for longest is evicted first."""


class ReplayBuffer:
    """The newest version of each row that changed after `since`, in order of rev.

    Older versions are dropped, so that no text stays in memory after it was edited or deleted.
    """

    def __init__(self, since: int, size: int = MAX_ROWS) -> None:
        self.since = since
        self._size = size
        self._rows: OrderedDict[tuple[str, Hashable], Entry] = OrderedDict()

    def add(self, entry: Entry) -> None:
        """Add the newest change, replacing an older version of its row; set `entry.new`."""
        row = (entry.topic, entry.key)
        # A row is new if it was created after `since` and no version of it has been seen. This
        # version may nevertheless be an edit: what another process creates may have been edited
        # before the tail reads it.
        entry.new = self._rows.pop(row, None) is None and entry.created_rev > self.since
        self._rows[row] = entry
        if len(self._rows) > self._size:
            _, oldest = self._rows.popitem(last=False)
            self.since = oldest.rev

    def forget(self, topic: str, is_gone: Callable[[Any], bool]) -> None:
        """Remove the rows of a topic that no longer exist, by their keys.

        Positions before the last change of one of them are read from the database from then on.
        """
        gone = [row for row in self._rows if row[0] == topic and is_gone(row[1])]
        self.since = max([self.since, *(self._rows.pop(row).rev for row in gone)])

    def changes(self, topics: Mapping[str, int], after: int) -> list[Entry] | None:
        """Return the topics' changes after a position, and after each topic's own start.

        Return None if the buffer does not reach back that far.
        """
        if after < self.since:
            return None
        entries: list[Entry] = []
        for entry in reversed(self._rows.values()):
            if entry.rev <= after:
                break
            start = topics.get(entry.topic)
            if start is None:
                # Without a subscription to the feed either, the entry's own rev excludes it.
                start = topics.get(feed_of(entry.topic), entry.rev)
            if entry.rev > start:
                entries.append(entry)
        entries.reverse()
        return entries
