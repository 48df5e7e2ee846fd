"""Texts for a worker process: in which batches they are sent, and what is refused."""

import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, cast

import eventlet
import pytest

from me_api.errors import Busy, WorkerFailed
from me_api.transport.worker_process import WorkerProcess
from me_api.transport.worker_queue import MAX_CHARACTERS, WorkerQueue
from tests.eventlog.loops import StoppableLoop, Together


class Process:
    """A process that works on a batch when it is released; the text `fail` kills it."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.released = threading.Semaphore(0)

    def call(self, texts: Sequence[str]) -> list[str | WorkerFailed]:
        self.batches.append(list(texts))
        assert self.released.acquire(timeout=30)
        if "bug" in texts:
            raise ValueError("a bug")
        return [WorkerFailed("died") if text == "fail" else text.upper() for text in texts]


class Bench:
    """A queue for such a process, which takes ten texts at a time."""

    def __init__(self, loop: StoppableLoop) -> None:
        self.loop = loop
        self.refused = 0
        self.process = Process()
        self.queue = WorkerQueue(loop, cast(WorkerProcess, self.process), 10, self._refuse)

    def _refuse(self) -> None:
        self.refused += 1

    def start(self, *texts: str) -> Together:
        """Call it with these texts, in this order."""
        started = self.loop.start([partial(self.queue.call, text) for text in texts])
        self.loop.turn()
        return started

    def wait_for(self, batches: int) -> None:
        """Wait until so many batches have begun."""
        self.loop.wait_until(lambda: len(self.process.batches) == batches)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Create a queue on a loop that runs in the test's own thread."""
    loop = StoppableLoop()
    yield Bench(loop)
    loop.stop()


def test_what_waits_for_a_batch_is_the_next_one(bench: Bench) -> None:
    first = bench.start("a", "b")
    bench.wait_for(1)
    others = [bench.start("c"), bench.start("d", "e")]
    bench.process.released.release()
    assert first.wait() == ["A", "B"]
    bench.wait_for(2)
    bench.process.released.release()
    assert [each.wait() for each in others] == [["C"], ["D", "E"]]
    assert bench.process.batches == [["a", "b"], ["c", "d", "e"]]


def test_results_are_returned_in_the_order_of_the_calls(bench: Bench) -> None:
    texts = [chr(ord("a") + n) for n in range(10)]
    started = bench.start(*texts)
    bench.process.released.release(2)
    started.wait()
    assert started.ended == list(range(10))


def test_long_texts_are_not_sent_together(bench: Bench) -> None:
    half, longer = "x" * (MAX_CHARACTERS // 2), "y" * (MAX_CHARACTERS + 1)
    started = bench.start(half, half, "z", longer, "z")
    bench.process.released.release(4)
    started.wait()
    assert bench.process.batches == [[half, half], ["z"], [longer], ["z"]]


def test_more_than_it_takes_are_refused(bench: Bench) -> None:
    """F41: the queue had no bound."""
    first = bench.start("a", "b")
    bench.wait_for(1)
    rest = bench.start(*"cdefghijkl")
    for error in rest.outcomes[8:]:
        assert isinstance(error, Busy)
        assert (error.status, error.code, error.extra) == (503, "busy", {"retry_after": 1})
    assert bench.refused == 2
    bench.process.released.release(2)
    assert [*first.wait(), *rest.wait()[:8]] == list("ABCDEFGHIJ")
    bench.process.released.release()
    assert bench.start("m").wait() == ["M"]


@pytest.mark.parametrize(
    ("text", "failed"), [("fail", [str, WorkerFailed, str]), ("bug", [ValueError] * 3)]
)
def test_a_failure_is_raised_and_the_next_batch_works(
    bench: Bench, text: str, failed: list[Any]
) -> None:
    started = bench.start("a", text, "b")
    bench.process.released.release(2)
    assert [type(outcome) for outcome in started.wait()] == failed
    assert bench.start("c").wait() == ["C"]


def test_a_greenlet_that_is_killed_takes_no_turn(bench: Bench) -> None:
    first = bench.start("a")
    bench.wait_for(1)
    killed = eventlet.spawn(bench.queue.call, "b")
    last = bench.start("c")
    killed.kill()
    bench.process.released.release(2)
    assert first.wait() + last.wait() == ["A", "C"]
    assert bench.process.batches == [["a"], ["c"]]


def test_its_thread_is_started_on_first_use(bench: Bench) -> None:
    before = threading.active_count()
    bench.process.released.release()
    assert threading.active_count() == before
    assert bench.start("a").wait() == ["A"]
