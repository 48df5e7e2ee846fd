"""Pools of native threads: what runs, what waits, and what is refused."""

import threading
from collections.abc import Iterator
from typing import Any

import eventlet
import pytest

from me_api.errors import Busy
from tests.eventlog.loops import StoppableLoop, Together


class Bench:
    """A pool whose work blocks until it is released, one by one."""

    def __init__(self, loop: StoppableLoop, threads: int, queue: int) -> None:
        self.loop = loop
        self.refused = 0
        self.begun: list[Any] = []
        self._released = threading.Semaphore(0)
        self.pool = loop.thread_pool(threads, queue, self._refuse)

    def _refuse(self) -> None:
        self.refused += 1

    def work(self, name: Any) -> Any:
        """Record that this work has begun, and block; runs in a thread of the pool."""
        self.begun.append(name)
        assert self._released.acquire(timeout=30)
        if isinstance(name, Exception):
            raise name
        return name

    def release(self, count: int = 1) -> None:
        """End the work that has begun first."""
        self._released.release(count)

    def start(self, *names: Any) -> Together:
        """Start work in this order."""
        started = self.loop.start(
            [lambda name=name: self.pool.run(self.work, name) for name in names]
        )
        self.loop.turn()
        return started


@pytest.fixture
def loop() -> Iterator[StoppableLoop]:
    """Create a loop that runs in the test's own thread."""
    made = StoppableLoop()
    yield made
    made.stop()


def test_work_waits_in_order_and_more_is_refused(loop: StoppableLoop) -> None:
    """F41: the queue had no bound."""
    bench = Bench(loop, threads=1, queue=2)
    started = bench.start("a", "b", "c", "d", "e")
    loop.wait_until(lambda: bench.begun)
    for error in started.outcomes[3:]:
        assert isinstance(error, Busy)
        assert (error.status, error.code, error.extra) == (503, "busy", {"retry_after": 1})
    assert bench.refused == 2 and bench.begun == ["a"]
    for count in (2, 3):
        bench.release()
        loop.wait_until(lambda count=count: len(bench.begun) == count)
    bench.release()
    assert started.wait()[:3] == bench.begun == ["a", "b", "c"]


def test_there_are_as_many_at_a_time_as_threads(loop: StoppableLoop) -> None:
    bench = Bench(loop, threads=2, queue=5)
    started = bench.start("a", "b", "c")
    loop.wait_until(lambda: len(bench.begun) == 2)
    bench.release(3)
    assert started.wait() == ["a", "b", "c"]
    assert bench.refused == 0


def test_an_error_is_raised_and_the_turn_passed_on(loop: StoppableLoop) -> None:
    bench = Bench(loop, threads=1, queue=2)
    started = bench.start(error := ValueError("no"), "b")
    bench.release(2)
    assert started.wait() == [error, "b"]
    assert bench.start("c") and bench.refused == 0


def test_what_has_begun_is_never_refused(loop: StoppableLoop) -> None:
    bench = Bench(loop, threads=1, queue=0)

    def go_on() -> Any:
        with bench.pool.reserved(admitted=True):
            return bench.pool.call(bench.work, "b")

    first = bench.start("a")
    second = loop.start([go_on])
    assert isinstance(bench.start("c").wait()[0], Busy)
    bench.release(2)
    assert (first.wait(), second.wait()) == (["a"], ["b"])


def test_what_is_admitted_takes_no_place_of_what_is_not(loop: StoppableLoop) -> None:
    bench = Bench(loop, threads=1, queue=1)

    def go_on() -> Any:
        with bench.pool.reserved(admitted=True):
            return bench.pool.call(bench.work, "b")

    first = bench.start("a")
    second = loop.start([go_on])
    third = bench.start("c")
    assert isinstance(bench.start("d").wait()[0], Busy)
    bench.release(3)
    assert [*first.wait(), *second.wait(), *third.wait()] == bench.begun == ["a", "b", "c"]


def test_a_greenlet_that_is_killed_takes_no_turn(loop: StoppableLoop) -> None:
    bench = Bench(loop, threads=1, queue=3)
    first = bench.start("a")
    killed = [eventlet.spawn(bench.pool.run, bench.work, name) for name in ("b", "c")]
    last = bench.start("d")
    loop.wait_until(lambda: bench.begun)
    killed[0].kill()  # While it waits.
    bench.release()
    first.wait()
    killed[1].kill()  # Before it runs again, or in the thread.
    bench.release(2)
    assert last.wait() == ["d"]


def test_threads_are_started_on_first_use(loop: StoppableLoop) -> None:
    before = threading.active_count()
    bench = Bench(loop, threads=2, queue=1)
    assert threading.active_count() == before
    bench.release()
    assert bench.start("a").wait() == ["a"]


def test_a_turn_is_passed_on_by_a_greenlet_that_is_killed_before_it_takes_it(
    loop: StoppableLoop,
) -> None:
    bench = Bench(loop, threads=1, queue=2)
    with bench.pool.reserved():
        killed = eventlet.spawn(bench.pool.run, bench.work, "killed")
        last = bench.start("last")
    killed.kill()
    bench.release()
    assert last.wait() == ["last"] == bench.begun
