"""The replay buffer, from which reconnecting clients are served without the database."""

from typing import Any

import pytest
from sqlalchemy import Engine

from me_api.eventlog import Change, Entry, EventLog, Transaction
from me_api.eventlog import tail as tail_module
from me_api.eventlog.replay_buffer import ReplayBuffer
from tests.eventlog.conftest import Subscribe
from tests.eventlog.example_feature import Note, NotesFeed
from tests.eventlog.loops import StoppableLoop
from tests.eventlog.other_process import OtherProcess


def entry(rev: int, key: int = 1, topic: str = "note:a", text: str | None = "hej") -> Entry:
    return Entry(rev, topic, key, {"rev": rev, "text": text})


def revs(entries: list[Entry] | None) -> Any:
    return None if entries is None else [entry.rev for entry in entries]


def test_only_the_newest_version_of_a_row_is_held() -> None:
    buffer = ReplayBuffer(since=0)
    for one in (entry(1, key=1, text="old"), entry(2, key=2), entry(3, key=1, text="new")):
        buffer.add(one)
    entries = buffer.changes({"note:a": 0}, 0)
    assert revs(entries) == [2, 3]
    assert "old" not in repr(vars(buffer))


def test_a_deleted_text_is_dropped() -> None:
    buffer = ReplayBuffer(since=0)
    buffer.add(entry(1, text="a secret"))
    buffer.add(entry(2, text=None))
    assert "a secret" not in repr(vars(buffer))


def test_changes_before_since_are_unknown() -> None:
    buffer = ReplayBuffer(since=10, size=3)
    for rev in range(11, 16):
        buffer.add(entry(rev, key=rev))
    assert revs(buffer.changes({"note:a": 0}, 12)) == [13, 14, 15]
    assert buffer.changes({"note:a": 0}, 11) is None
    assert revs(buffer.changes({"note:a": 0}, 15)) == []


def test_a_row_that_changes_often_evicts_nothing() -> None:
    buffer = ReplayBuffer(since=0, size=2)
    buffer.add(entry(1, key=1))
    for rev in range(2, 50):
        buffer.add(entry(rev, key=2))
    assert revs(buffer.changes({"note:a": 0}, 0)) == [1, 49]


def test_each_topic_is_read_after_its_own_start() -> None:
    buffer = ReplayBuffer(since=0)
    for rev in range(1, 7):
        buffer.add(entry(rev, key=rev, topic="note:a" if rev % 2 else "note:b"))
    assert revs(buffer.changes({"note:a": 1, "note:b": 4}, 0)) == [3, 5, 6]
    assert revs(buffer.changes({"note:a": 1, "note:b": 4}, 3)) == [5, 6]


def test_a_row_is_new_once_even_if_an_edit_comes_first() -> None:
    buffer = ReplayBuffer(since=2, size=2)

    def is_new(rev: int, key: int, created_rev: int) -> bool:
        one = Entry(rev, "note:a", key, {}, created_rev)
        buffer.add(one)
        return one.new

    assert not is_new(3, key=1, created_rev=2), "it was created before"
    assert is_new(4, key=2, created_rev=4) and not is_new(5, key=2, created_rev=4)
    assert is_new(8, key=3, created_rev=6), "an edit is the first version to be added"
    assert is_new(9, key=4, created_rev=9) and buffer.since == 5
    assert not is_new(10, key=2, created_rev=4), "evicted, but not new"


def test_an_entry_that_is_new_to_one_reader_is_not_made_new_to_others() -> None:
    edit = Entry(3, "note:a", 1, {}, created_rev=2)
    assert edit.as_seen_from(1).new and not edit.as_seen_from(2).new and not edit.new
    assert edit.as_seen_from(2) is edit


@pytest.fixture
def filled(loop: StoppableLoop, log: EventLog) -> EventLog:
    """Write ten notes to each of two topics."""
    for number in range(20):
        loop.together(lambda n=number: log.commit(Note(f"note:{'ab'[n % 2]}", n)))
    return log


def test_recent_changes_need_no_database(filled: EventLog, feed: NotesFeed) -> None:
    page = filled.tail.read({"note:a": 0}, 0, limit=4)
    assert revs(page.entries) == [1, 3, 5, 7]
    assert (page.upto, page.more) == (7, True)
    assert filled.tail.count({"note:a": 0, "note:b": 10}, 0, limit=100) == 15
    assert feed.reads == 0


def test_older_changes_are_read_from_the_database_and_are_the_same(
    filled: EventLog, feed: NotesFeed, readers: Engine
) -> None:
    fresh = tail_module.Tail(readers, filled._loop, filled.source)
    fresh.add_feed(feed)
    for topics in ({"note:a": 0}, {"note:a": 7, "note:b": 0}, {}):
        for after in (0, 5, 19, 20):
            for limit in (1, 4, 100):
                ours, theirs = (t.read(topics, after, limit) for t in (filled.tail, fresh))
                assert revs(ours.entries) == revs(theirs.entries)
                assert (ours.upto, ours.more) == (theirs.upto, theirs.more)
            counts = [tail.count(topics, after, 100) for tail in (filled.tail, fresh)]
            assert counts[0] == counts[1]
    assert feed.reads > 0


def test_a_page_ends_at_the_delivered_position_not_at_the_head(
    filled: EventLog, other_process: OtherProcess
) -> None:
    other_process.write(key=99)
    page = filled.tail.read({"note:a": 0}, 15, limit=100)
    assert revs(page.entries) == [17, 19]
    assert page.upto == filled.delivered == 20


def test_a_deleted_text_is_dropped_from_cached_pages(
    loop: StoppableLoop, log: EventLog, subscribe: Subscribe
) -> None:
    loop.together(lambda: log.commit(Note(text="a secret")))
    _, sink = subscribe()
    assert sink.revs == [1]
    loop.together(lambda: log.commit(Note(text=None)))
    assert "a secret" not in repr([vars(log.tail), vars(log.tail._replay_buffer)])


class Nothing(Change):
    """A change that takes no position, as those of sessions do."""

    def apply(self, transaction: Transaction) -> None:
        pass


def test_a_page_stays_cached_when_a_commit_publishes_nothing(
    loop: StoppableLoop, log: EventLog
) -> None:
    loop.together(lambda: log.commit(Note()))
    topics = {"note:a": 0}
    cached, _ = log.tail._page(topics, 0)
    loop.together(lambda: log.commit(Nothing()))
    assert log.tail._page(topics, 0)[0] is cached
    loop.together(lambda: log.commit(Note("note:b")))
    assert log.tail._page(topics, 0)[0] is not cached
