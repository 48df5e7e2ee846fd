"""Reading the changes of all feeds: whatever positions each has, and which feeds are asked."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import Connection

from me_api.eventlog import Entry
from me_api.eventlog.feed_reader import FeedReader

NAMES = ("chat", "reports", "me")
owners = st.lists(st.sampled_from([*NAMES, None]), max_size=12)
"""To which feed each position belongs; None if its row has changed again, or is gone."""


class ListedFeed:
    """A feed whose changes have these positions; `reads` is how often they were read."""

    def __init__(self, name: str, revs: list[int]) -> None:
        self.name = name
        self._revs = revs
        self.reads = 0

    def changes(
        self, connection: Connection, topic: str | None, after: int, upto: int, limit: int
    ) -> list[Entry]:
        self.reads += 1
        found = [rev for rev in self._revs if after < rev <= upto]
        return [Entry(rev, self.name, rev, {}) for rev in found[:limit]]

    def count(self, connection: Connection, topic: str, after: int, upto: int, limit: int) -> int:
        return len(self.changes(connection, topic, after, upto, limit))


class QuickListedFeed(ListedFeed):
    """One that is not read with a connection of SQLAlchemy."""

    def changes_of_all(self, engine: Engine, after: int, upto: int, limit: int) -> list[Entry]:
        with engine.connect() as connection:
            return super().changes(connection, None, after, upto, limit)

    def changes(
        self, connection: Connection, topic: str | None, after: int, upto: int, limit: int
    ) -> list[Entry]:
        raise AssertionError("this takes longer")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = create_engine("sqlite://")
    yield made
    made.dispose()


def make(engine: Engine, owners: list[str | None]) -> tuple[FeedReader, list[ListedFeed]]:
    """Return a reader of feeds that have the positions 1, 2, 3 … as they are listed."""
    reader = FeedReader(engine)
    kinds = {"chat": QuickListedFeed}
    feeds = [
        kinds.get(name, ListedFeed)(
            name, [rev for rev, owner in enumerate(owners, start=1) if owner == name]
        )
        for name in NAMES
    ]
    for feed in feeds:
        reader.add(feed)
    return reader, feeds


@given(owners, st.integers(0, 12), st.integers(0, 12), st.integers(1, 5))
def test_no_change_of_any_feed_is_left_out(
    engine: Engine, owners: list[str | None], after: int, upto: int, limit: int
) -> None:
    reader, _ = make(engine, owners)
    expected = [
        (rev, owner) for rev, owner in enumerate(owners, 1) if owner and after < rev <= upto
    ]
    page = reader.read_all(after, upto, limit)
    assert [(entry.rev, entry.topic) for entry in page.entries] == expected[:limit]
    assert page.more == (len(expected) > limit)
    assert page.upto == (expected[limit - 1][0] if page.more else upto)


def test_other_feeds_are_not_read_if_one_has_every_position(engine: Engine) -> None:
    reader, feeds = make(engine, ["chat"] * 9)
    reader.read_all(2, 6, 10)
    reader.read_all(2, 9, 3)
    assert [feed.reads for feed in feeds] == [2, 0, 0]
    reader, feeds = make(engine, ["chat", None, "chat"])
    reader.read_all(0, 3, 10)
    assert [feed.reads for feed in feeds] == [1, 1, 1]
