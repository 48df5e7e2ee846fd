"""The tail: every commit of any process is published once, in rev order, to subscribers."""

from unittest.mock import Mock

import pytest
from sqlalchemy.exc import OperationalError

from me_api.eventlog import EventLog
from tests.eventlog.conftest import Subscribe, Write
from tests.eventlog.example_feature import Gate, Note, NotesFeed, OpensTopics
from tests.eventlog.loops import StoppableLoop
from tests.eventlog.other_process import OtherProcess
from tests.support.wait import wait_until


def test_a_subscriber_receives_its_topics_in_rev_order(subscribe: Subscribe, write: Write) -> None:
    _, sink = subscribe("note:a", "note:b")
    write(Note("note:a"), Note("note:b"), Note("note:c"), Note("note:a"))
    assert sink.revs == [1, 2, 4]


def test_commit_returns_when_the_change_has_been_published(
    subscribe: Subscribe, loop: StoppableLoop, log: EventLog
) -> None:
    _, sink = subscribe()

    def write() -> tuple[int, list[int]]:
        log.commit(Note())
        return log.delivered, list(sink.revs)

    assert loop.together(write) == [(1, [1])]


def test_earlier_changes_of_another_process_come_first(
    subscribe: Subscribe, write: Write, other_process: OtherProcess
) -> None:
    _, sink = subscribe("note:a", "note:b")
    write(Note("note:a", 1))
    other_process.write("note:b", 2)
    other_process.write("note:a", 3)
    write(Note("note:b", 4))
    assert sink.revs == [1, 2, 3, 4]
    assert sink.folded == other_process.notes()


def test_a_commit_that_was_polled_first_is_not_published_again(
    subscribe: Subscribe, loop: StoppableLoop, log: EventLog, other_process: OtherProcess
) -> None:
    _, sink = subscribe()
    gate = Gate("note:a")
    writer = loop.start([lambda: log.commit(gate)])
    loop.wait_until(gate.entered.is_set)
    gate.opened.set()
    wait_until(
        lambda: other_process.head() == 1
    )  # Without running the loop: it must not publish yet.
    log.tail.catch_up()
    assert sink.revs == [1]
    writer.wait()
    assert sink.revs == [1]


def test_many_pages_of_another_process_are_published(
    subscribe: Subscribe, write: Write, other_process: OtherProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("me_api.eventlog.publisher.PAGE", 3)
    _, sink = subscribe()
    for key in range(10):
        other_process.write(key=key)
    write(Note(key=10))
    assert sink.revs == list(range(1, 12))


def test_what_is_published_stops_where_access_has_to_be_applied_first(
    subscribe: Subscribe, write: Write, log: EventLog, other_process: OtherProcess
) -> None:
    """Changes up to that position and after it are read at once, and published in two parts."""
    subscriber, sink = subscribe("note:a")

    def follow() -> int | None:
        if log.delivered < 2:
            return 2
        log.tail.subscribe(subscriber, "note:b")
        return None

    log.source.on_access(follow)
    for key in (1, 2, 3):
        other_process.write("note:b", key)
    write(OpensTopics("note:a", 4), Note("note:b", 5))
    assert sink.revs == [3, 4, 5]


def test_commit_succeeds_though_publishing_fails_and_the_next_one_makes_up_for_it(
    subscribe: Subscribe,
    write: Write,
    feed: NotesFeed,
    other_process: OtherProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, sink = subscribe()
    other_process.write(key=1)
    with monkeypatch.context() as patch:
        broken = Mock(side_effect=OperationalError("", {}, Exception("disk I/O error")))
        patch.setattr(feed, "changes", broken)
        assert write(Note(key=2)) == [2], "it is on disk: that is what a writer waits for"
    write(Note(key=3))
    assert sink.revs == [1, 2, 3]


def test_a_late_subscriber_is_sent_what_it_missed_and_then_is_live(
    subscribe: Subscribe, write: Write
) -> None:
    write(*[Note(key=key) for key in range(5)])
    subscriber, sink = subscribe(after=2)
    assert sink.revs == [3, 4, 5]
    assert subscriber.live
    write(Note(key=9))
    assert sink.revs == [3, 4, 5, 6]


def test_a_topic_begins_after_its_own_position(
    subscribe: Subscribe, loop: StoppableLoop, write: Write
) -> None:
    write(Note("note:a", 1), Note("note:b", 1), Note("note:a", 2), Note("note:b", 2))
    subscriber, sink = subscribe("note:b")
    assert sink.revs == [2, 4]
    subscriber, sink = subscribe("note:none")
    subscriber.topics["note:a"] = 1
    assert not sink.entries, "live already"
