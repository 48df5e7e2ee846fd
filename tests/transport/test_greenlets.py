"""Greenlets that are used again keep nothing of what they have run."""

import gc
import logging
from contextvars import ContextVar
from typing import Any
from weakref import ref

import eventlet
import pytest
from eventlet import hubs
from greenlet import getcurrent

from me_api.transport import greenlets
from me_api.transport.greenlets import Greenlets
from me_api.transport.synchronization import GreenFuture
from tests.transport.socket_pairs import turn, turn_until


class Thing:
    """Something that a weak reference can be to."""


def test_a_greenlet_runs_one_function_after_the_other() -> None:
    pool, seen = Greenlets(), []
    for number in range(3):
        pool.run(lambda number: seen.append((number, getcurrent())), number)
    assert [number for number, _ in seen] == [0, 1, 2]
    assert len({id(greenlet) for _, greenlet in seen}) == 1
    assert seen[0][1] is not getcurrent()


def test_one_that_waits_is_not_used_for_another() -> None:
    pool, order = Greenlets(), []
    waiting: list[Any] = []
    starter = getcurrent()

    def wait(name: str) -> None:
        waiting.append(getcurrent())
        order.append(starter.switch())
        order.append(name)

    pool.run(wait, "first")
    pool.run(wait, "second")
    assert len({id(greenlet) for greenlet in waiting}) == 2
    waiting[1].switch("go on")
    waiting[0].switch("go on, too")
    assert order == ["go on", "second", "go on, too", "first"]
    pool.run(order.append, "third")
    assert order[-1] == "third" and not any(greenlet.dead for greenlet in waiting)


def test_one_that_has_waited_in_the_loop_is_not_used_again() -> None:
    """What resumes it too late must find that it has ended, not what runs in it by then."""
    pool, order = Greenlets(), []

    def wait() -> None:
        hub = hubs.get_hub()
        for number in range(2):
            # The second is late: it is to resume what has ended.
            hub.schedule_call_local(0, getcurrent().switch, number)
        order.append(hub.switch())
        # In the loop, as requests are. The late one is still to come.
        hub.schedule_call_global(0, pool.run, go_on)

    def go_on() -> None:
        order.append("begun")
        order.append(hubs.get_hub().switch())

    hubs.get_hub().schedule_call_global(0, pool.run, wait)
    turn_until(lambda: "begun" in order)
    turn()
    assert order == [0, "begun"]


def test_one_that_has_waited_for_a_future_is_used_again() -> None:
    pool, used, future = Greenlets(), [], GreenFuture()

    def wait() -> None:
        used.append(getcurrent())
        used.append(future.wait())

    hubs.get_hub().schedule_call_global(0, pool.run, wait)
    turn_until(lambda: len(used) == 1)
    future.set_result("stored")
    hubs.get_hub().schedule_call_global(0, future.resume)
    turn_until(lambda: len(used) == 2)
    hubs.get_hub().schedule_call_global(0, pool.run, lambda: used.append(getcurrent()))
    turn_until(lambda: len(used) == 3)
    assert used[1:] == ["stored", used[0]]


def test_one_that_stopped_waiting_for_a_future_is_not_used_again() -> None:
    """The future that comes too late resumes nothing."""
    pool, order, future = Greenlets(), [], GreenFuture()
    used: list[Any] = []

    def wait() -> None:
        used.append(getcurrent())
        with pytest.raises(TimeoutError), eventlet.Timeout(0, TimeoutError()):
            future.wait()
        order.append("not stored in time")

    def go_on() -> None:
        used.append(getcurrent())
        order.append(hubs.get_hub().switch())

    hubs.get_hub().schedule_call_global(0, pool.run, wait)
    turn_until(lambda: bool(order))
    hubs.get_hub().schedule_call_global(0, pool.run, go_on)
    turn_until(lambda: len(used) == 2)
    hubs.get_hub().schedule_call_global(0, future.resume)
    turn()
    assert order == ["not stored in time"] and used[0] is not used[1]


def test_control_returns_to_who_has_started_the_function() -> None:
    pool, order = Greenlets(), []
    pool.run(order.append, "a first one, started here")
    other = Greenlets()

    def start() -> None:
        pool.run(order.append, "inner")
        order.append("outer")

    other.run(start)
    assert order[1:] == ["inner", "outer"]


def test_what_one_function_sets_in_its_context_the_next_does_not_see() -> None:
    variable: ContextVar[str] = ContextVar("variable", default="nothing")
    pool, seen = Greenlets(), []
    pool.run(variable.set, "something")  # type: ignore[arg-type]
    pool.run(lambda: seen.append(variable.get()))
    assert seen == ["nothing"]


def test_errors_are_logged_and_the_greenlet_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("as a test wants it")

    pool, seen = Greenlets(), []
    with caplog.at_level(logging.ERROR):
        pool.run(fail)
    assert "as a test wants it" in caplog.text
    pool.run(seen.append, 1)
    assert seen == [1]


def test_an_idle_greenlet_keeps_no_argument_alive() -> None:
    pool, thing = Greenlets(), Thing()
    known = ref(thing)
    pool.run(lambda _: None, thing)
    del thing
    gc.collect()
    assert known() is None


def test_only_some_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greenlets, "MAX_IDLE", 1)
    pool, waiting, starter = Greenlets(), [], getcurrent()

    def wait() -> None:
        waiting.append(getcurrent())
        starter.switch()

    for _ in range(3):
        pool.run(wait)
    for greenlet in waiting:
        greenlet.switch()
    assert [greenlet.dead for greenlet in waiting] == [False, True, True]
