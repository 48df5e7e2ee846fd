"""A lane holds events until its client is connected, and counts those that are not answered."""

from typing import Any

import pytest
from eventlet import hubs

from me_api.transport.connection.dispatch import EventQueue
from tests.transport.hub import Counter, Disk, Start, counter, lane, notes, start
from tests.transport.socket_pairs import turn, turn_until

__all__ = ["counter", "lane", "notes", "start"]


@pytest.fixture(autouse=True)
def nothing_unexpected() -> None:
    """Need no server."""


def test_what_comes_before_it_is_open_is_held_in_order(
    start: Start, lane: EventQueue, counter: Counter
) -> None:
    notes: list[Any] = []
    for name in "abc":
        lane.run(notes.append, name)
    assert (notes, counter.in_flight) == ([], 3)
    start(lane.open)
    assert (notes, counter.in_flight) == (["a", "b", "c"], 0)
    start(lambda: lane.run(notes.append, "d"))
    assert notes == ["a", "b", "c", "d"]


def test_what_comes_while_it_opens_stands_behind_what_was_held(lane: EventQueue) -> None:
    notes: list[str] = []
    disk = Disk()

    def first() -> None:
        hubs.get_hub().schedule_call_global(0, lane.run, notes.append, "late")
        disk.wait()

    lane.run(first)
    lane.run(turn)
    lane.run(notes.append, "held")
    lane.open()
    turn_until(lambda: len(notes) == 2)
    disk.write()
    assert notes == ["held", "late"]


def test_an_event_counts_until_it_has_ended(
    start: Start, lane: EventQueue, counter: Counter
) -> None:
    disk = Disk()
    start(lambda: (lane.open(), lane.run(disk.wait), lane.run(disk.wait)))
    assert counter.in_flight == 2
    disk.write()
    turn_until(lambda: counter.in_flight == 0)


def test_a_closed_one_drops_what_has_not_begun(
    start: Start, lane: EventQueue, counter: Counter
) -> None:
    notes: list[str] = []
    for name in "abc":
        lane.run(notes.append, name)
    start(lane.close)
    assert counter.in_flight == 0
    lane.run(notes.append, "d")
    lane.open()
    turn()
    assert (notes, counter.in_flight) == ([], 0)


def test_closed_by_an_event_that_it_held_it_drops_the_rest(
    start: Start, lane: EventQueue, counter: Counter
) -> None:
    notes: list[str] = []
    lane.run(notes.append, "a")
    lane.run(lane.close)
    lane.run(notes.append, "b")
    start(lane.open)
    turn()
    assert (notes, counter.in_flight) == (["a"], 0)


def test_what_has_begun_ends_although_it_was_closed(lane: EventQueue, counter: Counter) -> None:
    notes: list[str] = []
    disk = Disk()
    lane.open()
    lane.run(lambda: (disk.wait(), notes.append("end")))
    lane.close()
    assert counter.in_flight == 1
    disk.write()
    turn_until(lambda: notes == ["end"])
    turn_until(lambda: counter.in_flight == 0)


def test_an_error_is_logged_and_the_next_event_runs(
    start: Start, lane: EventQueue, counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    notes: list[str] = []
    start(lambda: (lane.open(), lane.run(lambda: 1 / 0), lane.run(notes.append, "next")))
    assert (notes, counter.in_flight) == (["next"], 0)
    assert "ZeroDivisionError" in caplog.text
