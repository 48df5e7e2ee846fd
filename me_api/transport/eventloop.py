"""The event loop on eventlet: greenlets, native threads and the way between them.

A native thread must not touch eventlet: its `Event.send` or scheduling from another thread does
not wake the loop for seconds, and a patched lock held on both sides freezes both. So a thread
gets its work from an unpatched queue, and answers through a deque and one byte over a socket pair.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import eventlet
from eventlet import hubs, patcher
from eventlet.green.threading import Event as GreenEvent
from greenlet import getcurrent

from me_api.concurrency import Event, Future, ThreadQueue, Timer

T = TypeVar("T")
log = logging.getLogger(__name__)
WORKER_THREADS = 2


class GreenFuture:
    """One greenlet's wait for a result that a native thread makes."""

    def __init__(self) -> None:
        self.sleeper: Any = None
        self._value: Any = None
        self._error: BaseException | None = None

    def set_result(self, value: Any) -> None:
        """Keep the result until the greenlet is resumed."""
        self._value = value

    def set_exception(self, error: BaseException) -> None:
        """Keep the error that the greenlet is to meet."""
        self._error = error

    def wait(self) -> Any:
        """Sleep until resumed; return the result or raise the error."""
        self.sleeper = getcurrent()
        hubs.get_hub().switch()
        if self._error is not None:
            raise self._error
        return self._value


class EventletLoop:
    """What `me_api.concurrency.Loop` promises, on eventlet."""

    def __init__(self) -> None:
        self._work: ThreadQueue | None = None

    def spawn(self, function: Callable[..., Any], *args: Any) -> None:
        """Run a function in a greenlet of its own, soon."""
        eventlet.spawn(log_exceptions, function, *args)

    def call_later(self, seconds: float, function: Callable[..., Any], *args: Any) -> Timer:
        """Run a function in a greenlet of its own, later.

        A timer of the hub: cancelling it gives nothing away, as cancelling a green thread would.
        """
        hub = hubs.get_hub()
        return hub.schedule_call_global(  # type: ignore[no-any-return]
            seconds, eventlet.spawn, log_exceptions, function, *args
        )

    def event(self) -> Event:
        """Make a flag."""
        return GreenEvent()  # type: ignore[no-any-return]

    def future(self) -> GreenFuture:
        """Make a waiter."""
        return GreenFuture()

    def wake(self, waiters: Iterable[Future]) -> None:
        """Wake greenlets, in this order; one timer for all, since timers have no order."""
        hubs.get_hub().schedule_call_global(0, _resume, tuple(waiters))

    def thread_queue(self) -> ThreadQueue:
        """Make a queue into a native thread."""
        return patcher.original("queue").SimpleQueue()  # type: ignore[no-any-return]

    def start_thread(self, function: Callable[[], None]) -> None:
        """Run a function in a native thread of its own."""
        patcher.original("threading").Thread(target=function, daemon=True).start()

    def threadsafe_callback(self, handle: Callable[[Any], None]) -> Callable[[Any], None]:
        """Make a function that any thread may call; `handle` gets its argument on the loop."""
        return ThreadsafeCallback(handle).put

    def run_in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Run slow work in one of a few native threads while other greenlets go on."""
        if self._work is None:
            self._work = self._start_workers()
        waiter = self.future()
        self._work.put((function, args, waiter))
        return waiter.wait()  # type: ignore[no-any-return]

    def _start_workers(self) -> ThreadQueue:
        inbox, done = (
            self.thread_queue(),
            self.threadsafe_callback(lambda waiter: self.wake([waiter])),
        )
        for _ in range(WORKER_THREADS):
            self.start_thread(lambda: _work(inbox, done))
        return inbox


class ThreadsafeCallback:
    """A one-way street from native threads to the loop."""

    def __init__(self, handle: Callable[[Any], None]) -> None:
        self._handle = handle
        self._items: deque[Any] = deque()
        self._exit, self._entrance = patcher.original("socket").socketpair()
        self._exit.setblocking(False)
        self._entrance.setblocking(False)
        eventlet.spawn(self._carry)

    def put(self, item: Any) -> None:
        """Hand an item to the loop; from any thread."""
        self._items.append(item)
        try:
            self._entrance.send(b"\0")
        except BlockingIOError:
            return  # The pipe is full of wake-ups already: one more would change nothing.

    def _carry(self) -> None:
        while True:
            hubs.trampoline(self._exit, read=True)
            self._exit.recv(65536)
            while self._items:
                log_exceptions(self._handle, self._items.popleft())


def log_exceptions(function: Callable[..., Any], *args: Any) -> None:
    """Run a function at the foot of a greenlet: what escapes it is logged and harms nobody else."""
    try:
        function(*args)
    except Exception:
        log.exception("unexpected error in %r", function)


def _resume(waiters: Iterable[GreenFuture]) -> None:
    """Switch to each sleeper; runs in the hub, to which each returns when it next waits."""
    for waiter in waiters:
        if waiter.sleeper is not None and not waiter.sleeper.dead:
            log_exceptions(waiter.sleeper.switch)


def _work(inbox: ThreadQueue, done: Callable[[Any], None]) -> None:
    """Run work in a native thread, for ever. It never logs: logging's lock belongs to the loop."""
    while True:
        function, args, waiter = inbox.get()
        try:
            waiter.set_result(function(*args))
        except Exception as error:
            waiter.set_exception(error)
        done(waiter)
