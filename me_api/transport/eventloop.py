"""The event loop on eventlet: greenlets, native threads and the communication between them.

A native thread must not call eventlet: `Event.send` and timers from another thread do not wake the
loop for seconds, and a patched lock that both sides hold is a deadlock. So a thread receives work
from an unpatched queue, and responds through a deque and one byte over a socket pair.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import eventlet
from eventlet import hubs, patcher
from eventlet.green.threading import Event as GreenEvent

from me_api.concurrency import Event, PendingResult, ThreadQueue, ThreadWaiter, Timer, WorkerLimits
from me_api.transport.synchronization import Callback, GreenFuture, GreenLock
from me_api.transport.thread_pool import NativeThreadPool
from me_api.transport.thread_waiter import NativeWaiter
from me_api.transport.turns import holding_turn
from me_api.transport.worker_process import WorkerProcess
from me_api.transport.worker_queue import WorkerQueue

log = logging.getLogger(__name__)


class EventletLoop:
    """The loop of eventlet as other packages use it; implements `me_api.concurrency.Loop`."""

    def spawn(self, function: Callable[..., Any], *args: Any) -> None:
        """Run a function in a new greenlet, after the current one has yielded."""
        eventlet.spawn(log_exceptions, function, *args)

    def call_at_end_of_turn(self, function: Callable[[], None]) -> None:
        """Call a function in the hub when it has called back for all sockets that were readable."""
        # Before all other timers: a slice of a broadcast would hold it up.
        hubs.get_hub().schedule_call_global(-1, function)

    def call_later(self, seconds: float, function: Callable[..., Any], *args: Any) -> Timer:
        """Run a function in a new greenlet after a number of seconds, unless cancelled."""
        # A timer of the hub, not eventlet.spawn_after: cancelling a green thread yields to the hub,
        # so that other greenlets would run within a call to cancel().
        hub = hubs.get_hub()
        return hub.schedule_call_global(  # type: ignore[no-any-return]
            seconds, eventlet.spawn, log_exceptions, function, *args
        )

    def event(self) -> Event:
        """Return a new event that greenlets can wait for."""
        return GreenEvent()  # type: ignore[no-any-return]

    def lock(self) -> GreenLock:
        """Return a new lock for greenlets, which keep their turn while they wait for it."""
        return GreenLock()

    def holding_turn(self) -> AbstractContextManager[None]:
        """Keep the turn of the connection whose event this is, while the context waits."""
        return holding_turn()

    def future(self) -> GreenFuture:
        """Return a new future for the current greenlet."""
        return GreenFuture()

    def callback(self, function: Callable[[Any], None]) -> Callback:
        """Return a result that a function is called with in the hub; it must not wait."""
        return Callback(function)

    def wake(self, outcomes: Iterable[PendingResult]) -> None:
        """Resume what waits for these results, in this order. Never blocks."""
        # One timer for all: timers of the same moment are not run in the order of their creation.
        hubs.get_hub().schedule_call_global(0, _resume, tuple(outcomes))

    def thread_queue(self) -> ThreadQueue:
        """Return a new queue that sends items to a native thread."""
        return patcher.original("queue").SimpleQueue()  # type: ignore[no-any-return]

    def thread_waiter(self) -> ThreadWaiter:
        """Return what a new native thread waits with."""
        return NativeWaiter()

    def start_thread(self, function: Callable[[], None]) -> None:
        """Run a function in a new native thread, which does not keep the process alive."""
        patcher.original("threading").Thread(target=function, daemon=True).start()

    def sleep_in_thread(self, seconds: float) -> None:
        """Block a native thread; the patched `sleep` would start a hub in it."""
        patcher.original("time").sleep(seconds)

    def answers_in_thread(self, host: str, port: int, seconds: float) -> bool:
        """Block a native thread until a machine answers, even by a refusal; return whether it does.

        Its name is resolved, too, for which the loop must not wait.
        """
        try:
            patcher.original("socket").create_connection((host, port), seconds).close()
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
        return True

    def thread_pool(
        self, threads: int, queue: int, on_refused: Callable[[], None]
    ) -> NativeThreadPool:
        """Return a new pool of native threads, in which `queue` greenlets may wait."""
        return NativeThreadPool(self, threads, queue, on_refused)

    def worker_process(
        self,
        path: Path,
        function: str,
        limits: WorkerLimits,
        queue: int,
        on_refused: Callable[[], None],
    ) -> WorkerQueue:
        """Return a process for a function of a file, which is started on first use."""
        return WorkerQueue(self, WorkerProcess(path, function, limits), queue, on_refused)

    def threadsafe_callback(self, handle: Callable[[Any], None]) -> ThreadsafeCallback:
        """Return a function that any thread may call: it runs `handle` with its argument here."""
        return ThreadsafeCallback(handle)


class ThreadsafeCallback:
    """Passes items from native threads to a handler on the loop, in order."""

    def __init__(self, handle: Callable[[Any], None]) -> None:
        self._handle = handle
        self._items: deque[Any] = deque()
        self._reader, self._writer = patcher.original("socket").socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._closed = False
        eventlet.spawn(self._run)

    def put(self, item: Any) -> None:
        """Pass an item to the loop. May be called from any thread; never blocks."""
        # The item before the byte: when the loop wakes up, the item must be there. A deque's
        # append and popleft are atomic, so that no lock is needed.
        self._items.append(item)
        try:
            self._writer.send(b"\0")
        except BlockingIOError:
            return  # The socket is full of bytes that will wake the loop: one more is not needed.

    __call__ = put

    def close(self) -> None:
        """Close the sockets, once all items that were passed have been handled; on the loop."""
        self._closed = True
        with suppress(BlockingIOError):
            self._writer.send(b"\0")

    def _run(self) -> None:
        with self._reader, self._writer:
            while not self._closed:
                hubs.trampoline(self._reader, read=True)
                # Read before the items are taken: an item that is appended now leaves its byte
                # unread.
                self._reader.recv(65536)
                while self._items:
                    log_exceptions(self._handle, self._items.popleft())


def log_exceptions(function: Callable[..., Any], *args: Any) -> None:
    """Run a function as the main function of a greenlet, or in the hub; log what it raises."""
    try:
        function(*args)
    except Exception:
        log.exception("unexpected error in %r", function)


def _resume(outcomes: Iterable[GreenFuture | Callback]) -> None:
    for outcome in outcomes:
        log_exceptions(outcome.resume)
