"""One change as readers of the log see it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from sqlalchemy.engine import Connection


@dataclass(slots=True)
class Entry:
    """The newest version of a row: `body` is the whole object as it goes over every wire.

    `key` tells the row within its topic, `created_rev` the position of its first change, where the feed
    knows that; `new` whether those who get it now have had no version of the row before.
    """

    rev: int
    topic: str
    key: Hashable
    body: dict[str, Any]
    created_rev: int = 0
    new: bool = False

    def as_seen_from(self, position: int) -> Entry:
        """Give it to who has had all up to a position; a copy, if it is new to others only."""
        new = self.created_rev > position
        return self if new == self.new else replace(self, new=new)


@dataclass(slots=True)
class Batch:
    """Entries that go to one or many receivers together.

    `encoded` keeps what doors made of them, by format: it is made once, however many receive it.
    """

    entries: list[Entry]
    encoded: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """Entries in rev order: all there are up to `upto`; `more` when others follow."""

    entries: list[Entry]
    upto: int
    more: bool


class Feed(Protocol):
    """A feature's part of the log; its topics are its name, or begin with it and a colon.

    Who follows its name follows all of them, those too that come to be later.
    """

    name: str

    def changes(
        self, connection: Connection, topic: str | None, after: int, upto: int, limit: int
    ) -> list[Entry]:
        """Read the rows with after < rev <= upto, lowest first; of all topics when None."""

    def count(self, connection: Connection, topic: str, after: int, upto: int, limit: int) -> int:
        """Count a topic's rows with after < rev <= upto, but not beyond `limit`."""


def feed_of(topic: str) -> str:
    """Give the name of a topic's feed."""
    return topic.partition(":")[0]


def page_of(entries: list[Entry], upto: int, limit: int) -> Page:
    """Cut a list that was read up to `upto` with room for one more than `limit`."""
    if len(entries) <= limit:
        return Page(entries, upto, more=False)
    entries = entries[:limit]
    return Page(entries, entries[-1].rev if entries else upto, more=True)
