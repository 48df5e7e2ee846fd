"""Waiting for PostgreSQL without blocking the event loop.

psycopg calls one of two functions whenever it waits for the server. Ours look where they are
called: a greenlet of the loop's thread waits in the event loop. The hub itself, and other threads,
block, as they do with psycopg's own functions.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from threading import get_native_id
from time import monotonic
from types import ModuleType
from typing import Any, TypeVar

from eventlet import hubs, patcher
from greenlet import getcurrent

from me_api.transport.turns import holding_turn

T = TypeVar("T")
Ready = Callable[[int, int, float | None], int]
"""Waits for a file descriptor to be ready, at most for some seconds; returns what it is for."""

READ, WRITE = 1, 2
"""psycopg's `Wait.R` and `Wait.W`, and `Ready.R` and `Ready.W`. It may wait for the sum of both."""
POLLS = {READ: 1, WRITE: 4}
"""`select.POLLIN` and `select.POLLOUT`, which eventlet removes."""


class _TimedOutError(Exception):
    """Nothing became ready within the time that psycopg waits."""


def install(waiting: ModuleType) -> None:
    """Replace the functions in `psycopg.waiting`; the caller's thread is that of the loop."""
    # psycopg has no hook for this: it knows gevent only, and its setting PSYCOPG_WAIT_FUNC chooses
    # one function for all threads. In another thread a green function would start a second hub.
    thread, expired = get_native_id(), waiting.e._WaitTimeout

    def wait(gen: Any, fileno: int, interval: float = 0.0, timeout: float | None = None) -> Any:
        if _may_switch(thread):
            with holding_turn():
                return _drive(gen, lambda state: (fileno, state), green_ready, timeout, expired)
        return waiting.wait_c(gen, fileno, interval=interval, timeout=timeout)

    def wait_conn(gen: Any, interval: float = 0.0, timeout: float | None = None) -> Any:
        if _may_switch(thread):
            with holding_turn():
                return _drive(gen, lambda pair: pair, green_ready, timeout, expired)
        # Not psycopg's own: it was imported after its selectors had been replaced by green ones.
        return _drive(gen, lambda pair: pair, blocking_ready, timeout, expired)

    waiting.wait, waiting.wait_conn = wait, wait_conn  # type: ignore[attr-defined]


def _may_switch(thread: int) -> bool:
    return get_native_id() == thread and getcurrent() is not hubs.get_hub().greenlet


def _drive(
    gen: Generator[Any, int, T],
    target: Callable[[Any], tuple[int, int]],
    ready: Ready,
    timeout: float | None,
    expired: type[Exception],
) -> T:
    """Run a generator of psycopg, which yields what it waits for; return its result.

    Raises `expired` after `timeout` seconds.
    """
    deadline = None if timeout is None else monotonic() + timeout
    try:
        wanted = next(gen)
        while True:
            seconds = None if deadline is None else max(0.0, deadline - monotonic())
            fileno, state = target(wanted)
            # libpq asks for both while it sends a statement. A server that has not received the
            # whole statement sends nothing that would have to be read first.
            found = ready(fileno, WRITE if state & WRITE else READ, seconds)
            if not found:
                raise expired("wait timeout expired")
            wanted = gen.send(found)
    except StopIteration as end:
        result: T = end.value
        return result


def green_ready(fileno: int, wanted: int, seconds: float | None) -> int:
    """Wait in the event loop, in which other greenlets run meanwhile; return 0 if time is up."""
    read, write = wanted == READ, wanted == WRITE
    try:
        hubs.trampoline(fileno, read=read, write=write, timeout=seconds, timeout_exc=_TimedOutError)
    except _TimedOutError:
        # A hub that is late runs timers before it looks at sockets: it may have arrived in time.
        return blocking_ready(fileno, wanted, 0)
    return wanted


def blocking_ready(fileno: int, wanted: int, seconds: float | None) -> int:
    """Wait, and block the thread; return 0 if time is up."""
    poll = patcher.original("select").poll()
    poll.register(fileno, POLLS[wanted])
    return wanted if poll.poll(None if seconds is None else seconds * 1000) else 0
