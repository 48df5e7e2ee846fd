"""Reading changes of all feeds from the database, merged in order of rev."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from me_api.eventlog.entry import Entry, Feed, Page, PrunedFeed, QuickFeed, feed_of, page_of


class PrunedError(Exception):
    """Rows that have changed after a position have been removed."""


class FeedReader:
    """The features' feeds by name, and the engine that they are read with."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._feeds: dict[str, Feed] = {}
        self._floors: dict[str, Callable[[Connection, str], int]] = {}

    def add(self, feed: Feed) -> None:
        """Register the feed of a feature, by its name."""
        self._feeds[feed.name] = feed
        if isinstance(feed, PrunedFeed):
            self._floors[feed.name] = feed.floor

    def read(self, topics: Mapping[str, int], after: int, upto: int, limit: int) -> list[Entry]:
        """Read the topics' changes after a position, and after each topic's own start.

        Of each topic up to `limit + 1` changes are read, so that `page_of` sees whether there are
        more than `limit`. Raises `PrunedError` if some have been removed.
        """
        with self._engine.connect() as connection:
            changes = [
                self._read_topic(connection, topic, max(after, start), upto, limit + 1)
                for topic, start in topics.items()
            ]
            # After the rows: what is missing in them is in the floor.
            self._check(connection, topics, after)
        return _merge(changes)

    def check(self, topics: Mapping[str, int], after: int) -> None:
        """Raise `PrunedError` if rows that changed after a position have been removed."""
        with self._engine.connect() as connection:
            self._check(connection, topics, after)

    def read_all(self, after: int, upto: int, limit: int) -> Page:
        """Read a page of the changes of all feeds."""
        entries: list[Entry] = []
        for feed in self._feeds.values():
            entries = _merge([entries, self._read_feed(feed, after, upto, limit + 1)])
            # A position belongs to one row: no other feed can have any of these.
            if _has_each(entries, after, min(upto, after + limit + 1)):
                break
        return page_of(entries, upto, limit)

    def _read_feed(self, feed: Feed, after: int, upto: int, limit: int) -> list[Entry]:
        # SQLAlchemy's connection takes as long as the query itself.
        if isinstance(feed, QuickFeed):
            return feed.changes_of_all(self._engine, after, upto, limit)
        with self._engine.connect() as connection:
            return feed.changes(connection, None, after, upto, limit)

    def count(self, topics: Mapping[str, int], after: int, upto: int, limit: int) -> int:
        """Count the topics' changes; the count of each topic stops at `limit`.

        Raises `PrunedError` if some have been removed.
        """
        with self._engine.connect() as connection:
            count = sum(
                self._feed(topic).count(connection, topic, max(after, start), upto, limit)
                for topic, start in topics.items()
            )
            self._check(connection, topics, after)
        return count

    def _check(self, connection: Connection, topics: Mapping[str, int], after: int) -> None:
        for topic, start in topics.items():
            floor, begins = self._floors.get(feed_of(topic)), max(after, start)
            # From 0, a reader has nothing yet, and misses nothing that there is.
            if floor is not None and begins and begins < floor(connection, topic):
                raise PrunedError

    def _read_topic(
        self, connection: Connection, topic: str, after: int, upto: int, limit: int
    ) -> list[Entry]:
        feed = self._feed(topic)
        single = None if topic == feed.name else topic
        return feed.changes(connection, single, after, upto, limit)

    def _feed(self, topic: str) -> Feed:
        return self._feeds[feed_of(topic)]


def _has_each(entries: list[Entry], after: int, upto: int) -> bool:
    """Return whether the entries, which are in order of rev, have each rev in (`after`, `upto`]."""
    count = upto - after
    return len(entries) >= count > 0 and entries[count - 1].rev == upto


def _merge(changes: list[list[Entry]]) -> list[Entry]:
    return list(heapq.merge(*changes, key=lambda entry: entry.rev))
