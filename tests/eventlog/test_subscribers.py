"""Followers that pause, leave, are full or gone."""

import pytest

from me_api.eventlog import EventLog, tail
from tests.eventlog.conftest import Follow, Write
from tests.eventlog.example_feature import Note
from tests.eventlog.loops import StoppableLoop


def test_a_paused_follower_gets_nothing_until_it_is_resumed(
    follow: Follow, log: EventLog, write
) -> None:
    follower, listener = follow()
    write(Note())
    log.tail.pause(follower)
    write(Note(key=2), Note(key=3))
    assert listener.revs == [1]
    assert follower.position == 1
    log.tail.resume(follower)
    assert listener.revs == [1, 2, 3]
    write(Note(key=4))
    assert listener.revs == [1, 2, 3, 4]


def test_two_pauses_need_two_resumes(follow: Follow, log: EventLog, write: Write) -> None:
    follower, listener = follow()
    log.tail.pause(follower)
    log.tail.pause(follower)
    write(Note())
    log.tail.resume(follower)
    assert not listener.entries
    log.tail.resume(follower)
    assert listener.revs == [1]


def test_a_topic_added_in_a_pause_is_heard_from_its_position_on(
    follow: Follow, log: EventLog, write
) -> None:
    follower, listener = follow("note:a")
    write(Note("note:b", 1))
    log.tail.pause(follower)
    write(Note("note:b", 2), Note("note:b", 3), Note("note:a", 1))
    follower.topics["note:b"] = 2
    log.tail.resume(follower)
    write(Note("note:b", 4))
    assert listener.revs == [3, 4, 5]


def test_a_topic_that_was_left_is_silent(follow: Follow, log: EventLog, write: Write) -> None:
    follower, listener = follow("note:a", "note:b")
    log.tail.unsubscribe(follower, "note:a")
    write(Note("note:a"), Note("note:b"))
    assert listener.revs == [2]
    log.tail.unsubscribe(follower, "note:never")


def test_a_closed_follower_gets_nothing_more(follow: Follow, log: EventLog, write: Write) -> None:
    follower, listener = follow()
    log.tail.close(follower)
    write(Note())
    log.tail.start(follower)
    assert not listener.entries


def test_a_receiver_is_sent_a_page_at_a_time(
    follow: Follow, loop: StoppableLoop, write, monkeypatch
) -> None:
    monkeypatch.setattr(tail, "PAGE", 5)
    write(*[Note(key=key) for key in range(20)])
    follower, listener = follow(holds=True)
    assert listener.revs == [1, 2, 3, 4, 5]
    write(Note(key=3))
    assert len(listener.revs) == 5, "what comes meanwhile waits in the log, not in memory"
    listener.waiting = False
    loop.wait_until(lambda: len(listener.revs) == 10)
    assert not follower.live
    listener.holds = listener.waiting = False
    loop.wait_until(lambda: follower.live)
    assert listener.revs == list(range(1, 22))


def test_a_receiver_that_is_gone_is_sent_no_more(
    follow: Follow, loop: StoppableLoop, write, monkeypatch
) -> None:
    monkeypatch.setattr(tail, "PAGE", 5)
    write(*[Note(key=key) for key in range(20)])
    follower, listener = follow(holds=True)
    listener.gone = True
    loop.turn()
    loop.turn()
    assert len(listener.revs) == 5
    assert not follower.live


def test_who_follows_a_feed_hears_all_its_topics(
    follow: Follow, log: EventLog, write: Write
) -> None:
    _, listener = follow("note")
    write(Note("note:a"), Note("note:b"), Note("note:made later"))
    assert listener.revs == [1, 2, 3]


@pytest.mark.parametrize("source", ["memory", "database"])
def test_who_follows_a_feed_is_sent_what_was_missed_of_all_its_topics(
    follow: Follow, log: EventLog, write: Write, source: str
) -> None:
    write(Note("note:a"), Note("note:b"), Note("note:a", 2))
    if source == "database":
        log.tail._replay_buffer.since = log.delivered
    _, listener = follow("note", after=1)
    assert listener.revs == [2, 3]


def test_who_follows_a_topic_and_its_feed_hears_once(follow: Follow, write: Write) -> None:
    followed, other = follow("note:a", "note")[1], follow("note:a")[1]
    write(Note("note:a"), Note("note:b"))
    assert (followed.revs, other.revs) == ([1, 2], [1])
