"""Subscribers that pause, unsubscribe, are slow, or have disconnected."""

import pytest

from me_api.eventlog import Batch, EventLog, Subscriber, tail
from me_api.eventlog.subscriber import SubscriberGroup
from tests.eventlog.conftest import Subscribe, Write
from tests.eventlog.example_feature import Note
from tests.eventlog.loops import StoppableLoop


def test_a_paused_subscriber_receives_nothing_until_it_is_resumed(
    subscribe: Subscribe, log: EventLog, write
) -> None:
    subscriber, sink = subscribe()
    write(Note())
    log.tail.pause(subscriber)
    write(Note(key=2), Note(key=3))
    assert sink.revs == [1]
    assert subscriber.position == 1
    log.tail.resume(subscriber)
    assert sink.revs == [1, 2, 3]
    write(Note(key=4))
    assert sink.revs == [1, 2, 3, 4]


def test_two_pauses_need_two_resumes(subscribe: Subscribe, log: EventLog, write: Write) -> None:
    subscriber, sink = subscribe()
    log.tail.pause(subscriber)
    log.tail.pause(subscriber)
    write(Note())
    log.tail.resume(subscriber)
    assert not sink.entries
    log.tail.resume(subscriber)
    assert sink.revs == [1]


def test_a_topic_added_during_a_pause_is_sent_from_its_position_on(
    subscribe: Subscribe, log: EventLog, write
) -> None:
    subscriber, sink = subscribe("note:a")
    write(Note("note:b", 1))
    log.tail.pause(subscriber)
    write(Note("note:b", 2), Note("note:b", 3), Note("note:a", 1))
    subscriber.topics["note:b"] = 2
    log.tail.resume(subscriber)
    write(Note("note:b", 4))
    assert sink.revs == [3, 4, 5]


def test_a_topic_is_not_sent_after_unsubscribing(
    subscribe: Subscribe, log: EventLog, write: Write
) -> None:
    subscriber, sink = subscribe("note:a", "note:b")
    log.tail.unsubscribe(subscriber, "note:a")
    write(Note("note:a"), Note("note:b"))
    assert sink.revs == [2]
    log.tail.unsubscribe(subscriber, "note:never")


def test_a_closed_subscriber_receives_nothing(
    subscribe: Subscribe, log: EventLog, write: Write
) -> None:
    subscriber, sink = subscribe()
    log.tail.close(subscriber)
    write(Note())
    log.tail.start(subscriber)
    assert not sink.entries


def test_a_slow_sink_is_sent_a_page_at_a_time(
    subscribe: Subscribe, loop: StoppableLoop, write, monkeypatch
) -> None:
    monkeypatch.setattr(tail, "PAGE", 5)
    write(*[Note(key=key) for key in range(20)])
    subscriber, sink = subscribe(holds=True)
    assert sink.revs == [1, 2, 3, 4, 5]
    write(Note(key=3))
    assert len(sink.revs) == 5, "later changes stay in the log, and are not queued in memory"
    sink.waiting = False
    loop.wait_until(lambda: len(sink.revs) == 10)
    assert not subscriber.live
    sink.holds = sink.waiting = False
    loop.wait_until(lambda: subscriber.live)
    assert sink.revs == list(range(1, 22))


def test_nothing_is_sent_after_the_sink_is_closed(
    subscribe: Subscribe, loop: StoppableLoop, write, monkeypatch
) -> None:
    monkeypatch.setattr(tail, "PAGE", 5)
    write(*[Note(key=key) for key in range(20)])
    subscriber, sink = subscribe(holds=True)
    sink.closed = True
    loop.turn()
    loop.turn()
    assert len(sink.revs) == 5
    assert not subscriber.live


def test_a_subscriber_to_a_feed_receives_all_its_topics(
    subscribe: Subscribe, log: EventLog, write: Write
) -> None:
    _, sink = subscribe("note")
    write(Note("note:a"), Note("note:b"), Note("note:made later"))
    assert sink.revs == [1, 2, 3]


@pytest.mark.parametrize("source", ["memory", "database"])
def test_a_subscriber_to_a_feed_is_sent_missed_changes_of_all_its_topics(
    subscribe: Subscribe, log: EventLog, write: Write, source: str
) -> None:
    write(Note("note:a"), Note("note:b"), Note("note:a", 2))
    if source == "database":
        log.tail._replay_buffer.since = log.delivered
    _, sink = subscribe("note", after=1)
    assert sink.revs == [2, 3]


def test_a_subscriber_to_a_topic_and_its_feed_receives_each_change_once(
    subscribe: Subscribe, write: Write
) -> None:
    followed, other = subscribe("note:a", "note")[1], subscribe("note:a")[1]
    write(Note("note:a"), Note("note:b"))
    assert (followed.revs, other.revs) == ([1, 2], [1])


def test_a_group_forgets_the_broadcaster_of_its_last_target() -> None:
    """Some have a broadcaster of their own; one that leaves during a broadcast is no fault."""

    class Sink:
        def __init__(self, *leaves: Subscriber) -> None:
            self.broadcaster, self.target, self.leaves = self, self, leaves
            self.sent: list[Batch] = []

        def broadcast(self, batch: Batch, targets: object) -> None:
            self.sent.append(batch)
            for subscriber in self.leaves:
                group.discard(subscriber)

    second = Subscriber(Sink(), {}, 0)
    first = Subscriber(Sink(second), {}, 0)
    group = SubscriberGroup([first, second])
    group.publish(Batch([]))
    group.discard(first)
    assert first.sink.sent and not second.sink.sent
    assert not group.subscribers and not group._targets
