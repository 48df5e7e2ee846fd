"""A pool of native threads for one kind of slow work, with a bounded queue.

Work of one kind cannot hold up that of another, and what would wait too long is refused at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar, cast

from me_api.concurrency import Future, Loop, ThreadQueue
from me_api.errors import Busy

T = TypeVar("T")


class NativeThreadPool:
    """Implements `me_api.concurrency.ThreadPool`: greenlets wait for a free thread, in order.

    `on_refused` is called for each that may not wait, because `queue` others do; what is admitted
    is not among them.
    """

    # The queue is kept here on the loop, not in the threads, so that a greenlet takes what it needs
    # for its work, such as a database connection, only when a thread is free.

    def __init__(
        self, loop: Loop, threads: int, queue: int, on_refused: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._threads = threads
        self._queue = queue
        self._on_refused = on_refused
        self._busy = 0
        self._waiting: dict[Future, bool] = {}
        """Whether each that waits was admitted, in the order in which they began."""
        self._work: ThreadQueue | None = None

    def run(self, function: Callable[..., T], *args: Any) -> T:
        """Return the result of a function, run in a native thread; block this greenlet only.

        Raises what the function raises, or `Busy`.
        """
        with self.reserved():
            return self.call(function, *args)

    @contextmanager
    def reserved(self, *, admitted: bool = False) -> Iterator[None]:
        """Wait until a thread is free, for the calls in this context; raise `Busy` if too many do.

        What is `admitted` goes on with work that has begun, and is never refused.
        """
        if self._busy < self._threads:
            self._busy += 1
        else:
            self._wait(admitted)
        try:
            yield
        finally:
            self._pass_on()

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function in the reserved thread; return its result or raise its error."""
        # Threads are started on first use: not every process needs them.
        if self._work is None:
            self._work = self._start()
        future = self._loop.future()
        self._work.put((function, args, future))
        return cast(T, future.wait())

    def _wait(self, admitted: bool) -> None:
        if not admitted and self._is_full():
            self._on_refused()
            raise Busy("Too much of this is being done already: try again in a moment.")
        future = self._loop.future()
        self._waiting[future] = admitted
        try:
            future.wait()
        except BaseException:
            # This greenlet is being killed: the thread that it waits for is for the others.
            self._give_up(future)
            raise

    def _is_full(self) -> bool:
        # What is admitted takes nobody's place: the indexer waits here, too.
        return len(self._waiting) - sum(self._waiting.values()) >= self._queue

    def _give_up(self, future: Future) -> None:
        if self._waiting.pop(future, None) is None:
            self._pass_on()

    def _pass_on(self) -> None:
        """Pass the thread on to the greenlet that has waited longest, if there is one."""
        if self._waiting:
            first = next(iter(self._waiting))
            del self._waiting[first]
            self._loop.wake([first])
        else:
            self._busy -= 1

    def _start(self) -> ThreadQueue:
        queue = self._loop.thread_queue()
        done = self._loop.threadsafe_callback(lambda future: self._loop.wake([future]))
        for _ in range(self._threads):
            self._loop.start_thread(partial(_work, queue, done))
        return queue


def _work(queue: ThreadQueue, done: Callable[[Any], None]) -> None:
    """Execute work from the queue, forever; the main function of a native thread."""
    # Nothing is logged here: logging's lock is patched, and belongs to the loop.
    while True:
        function, args, future = queue.get()
        try:
            future.set_result(function(*args))
        except Exception as error:
            future.set_exception(error)
        done(future)
