"""An event queue holds events until its client is connected, and counts the unanswered ones."""

from typing import Any

import pytest
from eventlet import hubs

from me_api.transport.connection.dispatch import EventQueue
from me_api.transport.turns import holding_turn
from tests.transport.hub import Counter, Disk, Start, counter, from_the_hub, notes, queue, start
from tests.transport.socket_pairs import turn, turn_until

__all__ = ["counter", "notes", "queue", "start"]


def test_events_before_it_opens_are_held_in_order(
    start: Start, queue: EventQueue, counter: Counter
) -> None:
    notes: list[Any] = []
    for name in "abc":
        queue.run(notes.append, name)
    assert (notes, counter.in_flight) == ([], 3)
    start(queue.open)
    assert (notes, counter.in_flight) == (["a", "b", "c"], 0)
    start(lambda: queue.run(notes.append, "d"))
    assert notes == ["a", "b", "c", "d"]


def test_events_while_it_opens_run_after_the_held_ones(queue: EventQueue) -> None:
    notes: list[str] = []
    disk = Disk()

    def first() -> None:
        hubs.get_hub().schedule_call_global(0, queue.run, notes.append, "late")
        disk.wait()

    queue.run(first)
    queue.run(turn)
    queue.run(notes.append, "held")
    queue.open()
    turn_until(lambda: len(notes) == 2)
    disk.write()
    assert notes == ["held", "late"]


def test_an_event_counts_until_it_has_ended(
    start: Start, queue: EventQueue, counter: Counter
) -> None:
    disk = Disk()
    start(lambda: (queue.open(), queue.run(disk.wait), queue.run(disk.wait)))
    assert counter.in_flight == 2
    disk.write()
    turn_until(lambda: counter.in_flight == 0)


def test_a_closed_queue_drops_events_that_have_not_begun(
    start: Start, queue: EventQueue, counter: Counter
) -> None:
    notes: list[str] = []
    for name in "abc":
        queue.run(notes.append, name)
    start(queue.close)
    assert counter.in_flight == 0
    queue.run(notes.append, "d")
    queue.open()
    turn()
    assert (notes, counter.in_flight) == ([], 0)


def test_a_queue_closed_by_a_held_event_drops_the_rest(
    start: Start, queue: EventQueue, counter: Counter
) -> None:
    notes: list[str] = []
    queue.run(notes.append, "a")
    queue.run(queue.close)
    queue.run(notes.append, "b")
    start(queue.open)
    turn()
    assert (notes, counter.in_flight) == (["a"], 0)


def test_an_event_that_has_begun_ends_although_its_queue_is_closed(
    queue: EventQueue, counter: Counter
) -> None:
    notes: list[str] = []
    disk = Disk()
    queue.open()
    queue.run(lambda: (disk.wait(), notes.append("end")))
    queue.close()
    assert counter.in_flight == 1
    disk.write()
    turn_until(lambda: notes == ["end"])
    turn_until(lambda: counter.in_flight == 0)


def test_an_error_is_logged_and_the_next_event_runs(
    start: Start, queue: EventQueue, counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    notes: list[str] = []
    start(lambda: (queue.open(), queue.run(lambda: 1 / 0), queue.run(notes.append, "next")))
    assert (notes, counter.in_flight) == (["next"], 0)
    assert "ZeroDivisionError" in caplog.text


def test_what_is_last_runs_after_the_events_that_wait_and_is_the_last(
    queue: EventQueue, counter: Counter, notes: list[str]
) -> None:
    """A client that leaves has had its events handled, as if reading had not kept it waiting."""
    disk = Disk()

    def read_first() -> None:
        with holding_turn():
            disk.wait()
        notes.append("read")

    def arrive() -> None:
        queue.open()
        queue.run(read_first)
        queue.run(notes.append, "next")
        queue.finish(notes.append, "last")
        queue.run(notes.append, "too late")

    from_the_hub(arrive)
    assert notes == []
    disk.write()
    turn_until(lambda: counter.in_flight == 0)
    assert notes == ["read", "next", "last"]


def test_what_is_last_runs_after_the_events_that_go_on_soon(
    queue: EventQueue, counter: Counter, notes: list[str]
) -> None:
    """The next event was dropped if the client left just when the read had ended."""
    disk = Disk()

    def read_first() -> None:
        with holding_turn():
            disk.wait()
        notes.append("read")
        # The hub finds that the client is gone before it starts the next event.
        hubs.get_hub().schedule_call_global(-1, queue.finish, notes.append, "last")

    def arrive() -> None:
        queue.open()
        queue.run(read_first)
        queue.run(notes.append, "next")

    from_the_hub(arrive)
    disk.write()
    turn_until(lambda: counter.in_flight == 0 and "last" in notes)
    assert notes == ["read", "next", "last"]


def test_what_is_last_runs_at_once_if_nothing_waits(queue: EventQueue, notes: list[str]) -> None:
    queue.run(notes.append, "held")
    queue.finish(notes.append, "last")
    queue.open()
    turn()
    assert notes == ["last"], "the client was never accepted"
