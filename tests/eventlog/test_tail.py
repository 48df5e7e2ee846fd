"""The tail: everything committed, by whomever, once, in rev order, to those who follow it."""

from typing import NamedTuple
from unittest.mock import Mock

import pytest
from sqlalchemy.exc import OperationalError

from me_api.concurrency import Event
from me_api.eventlog import EventLog, eventlog
from tests.eventlog.conftest import Follow, Write
from tests.eventlog.example_feature import Elsewhere, Gate, Note, NotesFeed
from tests.eventlog.loops import StoppableLoop
from tests.support.wait import wait_until


def test_a_follower_hears_its_topics_in_rev_order(follow: Follow, write: Write) -> None:
    _, listener = follow("note:a", "note:b")
    write(Note("note:a"), Note("note:b"), Note("note:c"), Note("note:a"))
    assert listener.revs == [1, 2, 4]


def test_a_writer_goes_on_when_its_change_was_delivered(
    follow: Follow, loop: StoppableLoop, log: EventLog
) -> None:
    _, listener = follow()

    def write() -> tuple[int, list[int]]:
        log.commit(Note())
        return log.delivered, list(listener.revs)

    assert loop.together(write) == [(1, [1])]


def test_what_another_process_wrote_before_comes_first(
    follow: Follow, write: Write, elsewhere: Elsewhere
) -> None:
    _, listener = follow("note:a", "note:b")
    write(Note("note:a", 1))
    elsewhere.write("note:b", 2)
    elsewhere.write("note:a", 3)
    write(Note("note:b", 4))
    assert listener.revs == [1, 2, 3, 4]
    assert listener.folded == elsewhere.notes()


def test_what_the_watcher_was_first_to_read_is_not_delivered_again(
    follow: Follow, loop: StoppableLoop, log: EventLog, elsewhere: Elsewhere
) -> None:
    _, listener = follow()
    gate = Gate("note:a")
    writer = loop.start([lambda: log.commit(gate)])
    loop.wait_until(gate.entered.is_set)
    gate.opened.set()
    wait_until(lambda: elsewhere.head() == 1)  # Natively: the loop has not heard of it yet.
    log.tail.catch_up()
    assert listener.revs == [1]
    writer.wait()
    assert listener.revs == [1]


def test_a_gap_of_many_pages_is_filled(
    follow: Follow, write: Write, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("me_api.eventlog.tail.PAGE", 3)
    _, listener = follow()
    for key in range(10):
        elsewhere.write(key=key)
    write(Note(key=10))
    assert listener.revs == list(range(1, 12))


def test_the_watcher_hears_another_process(
    follow: Follow,
    loop: StoppableLoop,
    log: EventLog,
    elsewhere: Elsewhere,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(eventlog, "WATCH_SECONDS", 0.01)
    log.poll_other_writers()
    _, listener = follow()
    elsewhere.write()
    loop.wait_until(lambda: listener.revs == [1])
    elsewhere.write()
    loop.wait_until(lambda: listener.revs == [1, 2])
    assert log.delivered == 2


def test_the_watcher_outlives_a_database_that_cannot_be_read(
    follow: Follow,
    loop: StoppableLoop,
    log: EventLog,
    elsewhere: Elsewhere,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(eventlog, "WATCH_SECONDS", 0.01)
    broken = Mock(side_effect=OperationalError("", {}, Exception("disk I/O error")))
    with monkeypatch.context() as patch:
        patch.setattr(eventlog.position, "read", broken)
        log.poll_other_writers()
        loop.wait_until(lambda: broken.call_count > 2)
    _, listener = follow()
    elsewhere.write()
    loop.wait_until(lambda: listener.revs == [1])


def test_writers_go_on_though_delivery_fails_and_it_is_made_good(
    follow: Follow,
    write: Write,
    feed: NotesFeed,
    elsewhere: Elsewhere,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, listener = follow()
    elsewhere.write(key=1)
    with monkeypatch.context() as patch:
        broken = Mock(side_effect=OperationalError("", {}, Exception("disk I/O error")))
        patch.setattr(feed, "changes", broken)
        assert write(Note(key=2)) == [2], "it is on disk: that is what a writer waits for"
    write(Note(key=3))
    assert listener.revs == [1, 2, 3]


def test_who_joins_late_gets_what_it_misses_and_then_goes_on_live(
    follow: Follow, write: Write
) -> None:
    write(*[Note(key=key) for key in range(5)])
    follower, listener = follow(after=2)
    assert listener.revs == [3, 4, 5]
    assert follower.live
    write(Note(key=9))
    assert listener.revs == [3, 4, 5, 6]


def test_a_topic_begins_after_its_own_position(
    follow: Follow, loop: StoppableLoop, write: Write
) -> None:
    write(Note("note:a", 1), Note("note:b", 1), Note("note:a", 2), Note("note:b", 2))
    follower, listener = follow("note:b")
    assert listener.revs == [2, 4]
    follower, listener = follow("note:none")
    follower.topics["note:a"] = 1
    assert not listener.entries, "live already"


class Seconds(NamedTuple):
    """The patience of so many seconds."""

    seconds: float

    def wait(self, flag: Event) -> None:
        """Wait."""
        flag.wait(self.seconds)


class Broken:
    """Patience that ends with an error."""

    def wait(self, flag: Event) -> None:
        """Fail."""
        raise ZeroDivisionError


def test_waiting_for_a_change_ends_with_it(
    loop: StoppableLoop, log: EventLog, write: Write
) -> None:
    waiting = loop.start([lambda: log.changes("note:a", 0, 10, Seconds(30))])
    loop.turn()
    write(Note("note:b"))
    assert not waiting.ended, "another topic is no reason to wake"
    write(Note("note:a"))
    page = waiting.wait()[0]
    assert [entry.rev for entry in page.entries] == [2]
    assert (page.upto, page.more) == (2, False)


def test_waiting_in_vain_ends_with_nothing(loop: StoppableLoop, log: EventLog) -> None:
    page = loop.together(lambda: log.changes("note:a", 0, 10, Seconds(0.01)))[0]
    assert (page.entries, page.upto, page.more) == ([], 0, False)


def test_nobody_is_kept_who_waits_no_longer(loop: StoppableLoop, log: EventLog) -> None:
    for patience in (Seconds(0.01), Broken()):
        loop.together(lambda patience=patience: log.changes("note:a", 0, 10, patience))
        assert (log.long_polls, log.tail._live) == (0, {})


def test_all_waits_end_at_once_and_none_begins_anew(loop: StoppableLoop, log: EventLog) -> None:
    waiting = loop.start([lambda: log.changes("note:a", 0, 10, Seconds(30))] * 3)
    loop.turn()
    assert log.long_polls == 3
    log.cancel_long_polls()
    assert [page.upto for page in waiting.wait()] == [0] * 3
    loop.together(lambda: log.changes("note:a", 0, 10, Seconds(30)))
    assert log.long_polls == 0
