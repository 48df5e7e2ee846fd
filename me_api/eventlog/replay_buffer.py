"""The recent past in memory: a storm of returning clients is answered without the database."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping

from me_api.eventlog.entry import Entry, feed_of

MAX_ROWS = 4096
"""Rows remembered."""


class ReplayBuffer:
    """The newest version of each row changed after `floor`; no older or deleted text survives."""

    def __init__(self, since: int, size: int = MAX_ROWS) -> None:
        self.since = since
        self._size = size
        self._rows: OrderedDict[tuple[str, Hashable], Entry] = OrderedDict()

    def add(self, entry: Entry) -> None:
        """Remember the newest change; forget the row's older version, or the oldest row.

        The row is new when it was made after the floor and no version of it is remembered, be this
        one an edit: what another process has made may have been edited before it is heard of.
        """
        row = (entry.topic, entry.key)
        entry.new = self._rows.pop(row, None) is None and entry.created_rev > self.since
        self._rows[row] = entry
        if len(self._rows) > self._size:
            _, oldest = self._rows.popitem(last=False)
            self.since = oldest.rev

    def changes(self, topics: Mapping[str, int], after: int) -> list[Entry] | None:
        """Give the changes of the topics, each after its own start; None when it knows not all."""
        if after < self.since:
            return None
        found: list[Entry] = []
        for entry in reversed(self._rows.values()):
            if entry.rev <= after:
                break
            start = topics.get(entry.topic)
            if start is None:
                start = topics.get(feed_of(entry.topic), entry.rev)
            if entry.rev > start:
                found.append(entry)
        found.reverse()
        return found
