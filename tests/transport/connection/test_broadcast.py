"""A broadcast reaches each connection once and in order, whatever else is written to it."""

from collections.abc import Iterator

import eventlet
import pytest

from me_api.transport.connection import flusher as module
from me_api.transport.connection.flusher import Flusher
from me_api.transport.engineio.packets import PreparedPackets
from tests.transport.socket_pairs import turn, turn_until


class Reader:
    """A connection that records what it is sent, and in how many flushes."""

    def __init__(self, flusher: Flusher, log: list["Reader"]) -> None:
        self.flusher, self.log = flusher, log
        self.queued: list[str] = []
        self.flushes: list[list[str]] = []

    def enqueue(self, message: PreparedPackets) -> None:
        self.queued += message.texts

    def send_now(self, message: PreparedPackets) -> None:
        self.enqueue(message)
        self.flush()

    def flush(self) -> None:
        self.log.append(self)
        self.flushes.append(self.queued)
        self.queued = []


@pytest.fixture
def readers() -> Iterator[list[Reader]]:
    flusher, log = Flusher(), []
    yield [Reader(flusher, log) for _ in range(3 * module.SLICE)]


def send(readers: list[Reader], text: str) -> None:
    readers[0].flusher.broadcast(PreparedPackets(["4" + text], b""), set(readers))


def test_nothing_is_sent_before_the_turn_is_over(readers: list[Reader]) -> None:
    send(readers, "a")
    assert readers[0].log == []
    turn()
    assert all(reader.flushes == [["4a"]] for reader in readers)


def test_several_broadcasts_are_flushed_together_and_in_order(readers: list[Reader]) -> None:
    send(readers, "a")
    send(readers[:10], "b")
    send(readers, "c")
    turn()
    assert all(reader.flushes == [["4a", "4b", "4c"]] for reader in readers[:10])
    assert all(reader.flushes == [["4a", "4c"]] for reader in readers[10:])


def test_the_hub_runs_between_two_slices(readers: list[Reader]) -> None:
    send(readers, "a")
    seen: list[int] = []

    def look() -> None:
        while len(seen) < 40:
            seen.append(len(readers[0].log))
            eventlet.sleep(0)

    eventlet.spawn(look)
    turn_until(lambda: len(seen) == 40)
    assert {0, module.SLICE, 2 * module.SLICE, 3 * module.SLICE} == set(seen)


def test_a_broadcast_that_begins_between_two_slices_comes_after(readers: list[Reader]) -> None:
    send(readers, "a")
    turn_until(lambda: bool(readers[0].log))
    send(readers, "b")
    turn()
    turn()
    assert sum(len(reader.flushes) == 1 for reader in readers) == 2 * module.SLICE
    assert all([text for f in reader.flushes for text in f] == ["4a", "4b"] for reader in readers)


def test_flush_pending_enqueues_at_once_and_only_once(readers: list[Reader]) -> None:
    send(readers, "a")
    send(readers, "b")
    one = readers[5]
    assert one.flusher.flush_pending(one)
    assert one.queued == ["4a", "4b"]
    assert not one.flusher.flush_pending(one)
    turn()
    assert one.flushes == []
    assert all(reader.flushes == [["4a", "4b"]] for reader in readers if reader is not one)


def test_a_prioritized_connection_is_flushed_before_all_others(readers: list[Reader]) -> None:
    send(readers, "a")
    one = readers[-1]
    one.flusher.flush_pending(one)
    one.flusher.prioritize(one)
    turn()
    assert one.log[0] is one
    assert all(reader.flushes == [["4a"]] for reader in readers)


class Closing(Reader):
    """A connection that flushes what is pending for it whenever something is enqueued."""

    def enqueue(self, message: PreparedPackets) -> None:
        super().enqueue(message)
        self.flusher.flush_pending(self)


class Broken(Reader):
    """A connection whose flush fails."""

    def flush(self) -> None:
        raise RuntimeError("expected by a test")


def test_flush_pending_within_flush_pending_enqueues_all_once(readers: list[Reader]) -> None:
    one = Closing(readers[0].flusher, readers[0].log)
    for text in "abcd":
        send([*readers, one], text)
    one.flusher.flush_pending(one)
    assert one.queued == ["4a", "4b", "4c", "4d"]
    turn()
    assert all(reader.flushes == [["4a", "4b", "4c", "4d"]] for reader in readers)


@pytest.mark.parametrize("alone", [True, False])
def test_a_failing_connection_keeps_nothing_from_the_others(
    readers: list[Reader], alone: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = [Broken(readers[0].flusher, readers[0].log) for _ in range(5)]
    for text in "a" if alone else "abc":
        send([*readers, *broken], text)
    for one in broken[:2]:
        one.flusher.prioritize(one)
    for _ in range(3 * len(broken)):
        turn()
    wanted = ["4a"] if alone else ["4a", "4b", "4c"]
    assert all(reader.flushes == [wanted] for reader in readers)
    assert capfd.readouterr().err.count("RuntimeError: expected") == len(broken) + 2
    send(readers, "z")
    turn()
    assert all(reader.flushes[-1] == ["4z"] for reader in readers)
