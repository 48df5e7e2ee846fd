"""Deadlines of many connections, in this process."""

from typing import Any

import pytest

from me_api.transport.web import deadlines
from me_api.transport.web.deadlines import SLICE, DeadlineQueue
from tests.transport.socket_pairs import turn_until


@pytest.fixture(autouse=True)
def short_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "SWEEP_SECONDS", 0.01)


class Connection:
    """Notes that it has expired, or was closed."""

    def __init__(self) -> None:
        self.waiting_in: Any = None
        self.due = 0.0
        self.ended: list[str] = []

    def expire(self) -> None:
        self.ended.append("expired")

    def close(self) -> None:
        self.ended.append("closed")


def test_many_connections_expire_in_several_turns() -> None:
    """F14: thousands of heads that are due together do not hold up others."""
    queue, connections = DeadlineQueue(0), [Connection() for _ in range(3 * SLICE)]
    for connection in connections:
        queue.add(connection)
    turn_until(lambda: bool(connections[0].ended))
    assert sum(bool(connection.ended) for connection in connections) <= 2 * SLICE
    turn_until(lambda: all(connection.ended == ["expired"] for connection in connections))


def test_a_deadline_that_was_restarted_is_later() -> None:
    queue, slow, quick = DeadlineQueue(0.05), Connection(), Connection()
    queue.add(slow)
    queue.add(quick)
    queue.seconds = 60
    queue.add(slow)
    turn_until(lambda: quick.ended == ["expired"])
    assert slow.ended == []
    assert queue.close_oldest() and slow.ended == ["closed"]
    assert not queue.close_oldest()


def test_what_waits_elsewhere_or_was_removed_does_not_expire() -> None:
    queue, other = DeadlineQueue(0), DeadlineQueue(60)
    moved, removed, last = Connection(), Connection(), Connection()
    queue.add(moved)
    queue.add(removed)
    other.add(moved)
    queue.remove(removed)
    queue.add(last)
    turn_until(lambda: last.ended == ["expired"])
    assert moved.ended == removed.ended == []


def test_the_oldest_is_the_one_that_has_waited_longest_since_its_deadline_was_restarted() -> None:
    queue = DeadlineQueue(60)
    restarted, moved, oldest = Connection(), Connection(), Connection()
    for connection in (restarted, moved, oldest):
        queue.add(connection)
    queue.add(restarted)
    DeadlineQueue(60).add(moved)
    assert queue.close_oldest()
    assert (restarted.ended, moved.ended, oldest.ended) == ([], [], ["closed"])
    assert queue.close_oldest() and restarted.ended == ["closed"]
