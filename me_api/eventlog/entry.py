"""Entries, which are changes as readers of the log see them; batches, pages and feeds of them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import Engine
from sqlalchemy.engine import Connection


@dataclass(slots=True)
class Entry:
    """The newest version of a row; `body` is the whole object as it is sent to clients.

    `key` identifies the row within its topic. `created_rev` is the position of the row's first
    change, or 0 if the feed does not know it. `new` is whether the recipients have never had an
    earlier version of the row.
    """

    rev: int
    topic: str
    key: Hashable
    body: dict[str, Any]
    created_rev: int = 0
    new: bool = False

    def as_seen_from(self, position: int) -> Entry:
        """Return the entry for a reader that has had everything up to a position."""
        new = self.created_rev > position
        # The original is shared with other readers, for which `new` may differ: it is copied.
        return self if new == self.new else replace(self, new=new)


@dataclass(slots=True)
class Batch:
    """Entries that are sent together, to one or many recipients.

    `encoded` caches the encodings of the batch by format, so that each is made once.
    """

    entries: list[Entry]
    encoded: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """All entries up to the position `upto`, in order of rev; `more` if others follow it."""

    entries: list[Entry]
    upto: int
    more: bool


class Feed(Protocol):
    """A feature's part of the log. Its topics are its name, or its name, a colon and a suffix.

    A subscriber to the feed's name receives all of its topics, also those created later.
    """

    name: str

    def changes(
        self, connection: Connection, topic: str | None, after: int, upto: int, limit: int
    ) -> list[Entry]:
        """Read the rows with after < rev <= upto, lowest first; of all topics if it is None."""

    def count(self, connection: Connection, topic: str, after: int, upto: int, limit: int) -> int:
        """Count a topic's rows with after < rev <= upto, up to `limit`."""


@runtime_checkable
class PrunedFeed(Feed, Protocol):
    """A feed of which old rows are removed, so that they have no further change."""

    def floor(self, connection: Connection, topic: str) -> int:
        """Return the highest rev of the rows that were removed from a topic; 0 if none were.

        A reader from before it may have missed changes of them.
        """


@runtime_checkable
class QuickFeed(Feed, Protocol):
    """A feed that reads its changes as a short query on the loop."""

    def changes_of_all(self, engine: Engine, after: int, upto: int, limit: int) -> list[Entry]:
        """Read what `changes` returns of all topics."""


def feed_of(topic: str) -> str:
    """Return the name of the feed that a topic belongs to."""
    return topic.partition(":")[0]


def page_of(entries: list[Entry], upto: int, limit: int) -> Page:
    """Make a page of at most `limit` entries from a list that was read with `limit + 1`."""
    if len(entries) <= limit:
        return Page(entries, upto, more=False)
    entries = entries[:limit]
    # The page ends at its last entry, not at `upto`: positions between them were not read.
    return Page(entries, entries[-1].rev if entries else upto, more=True)
