"""The texts that greenlets send to a worker process, in batches.

What has been queued while the process works on one batch is the next one. A round trip for each
text would take the server more time than most texts take the process.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from me_api.concurrency import Future, Loop, ThreadQueue
from me_api.errors import Busy, WorkerFailed
from me_api.transport.worker_process import WorkerProcess

MAX_CHARACTERS = 16_384
"""Of the texts of a batch, unless it is one text: a short text does not wait for many long ones."""

Batch = list[tuple[str, Future]]


class WorkerQueue:
    """Implements `me_api.concurrency.Worker`: one native thread waits for the process.

    At most `most` texts wait or are processed; `on_refused` is called for each that is refused.
    """

    def __init__(
        self, loop: Loop, process: WorkerProcess, most: int, on_refused: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._process = process
        self._most = most
        self._on_refused = on_refused
        self._waiting: deque[tuple[str, Future]] = deque()
        self._running = 0
        self._work: ThreadQueue | None = None

    def call(self, text: str) -> str:
        """Return the function's result; block this greenlet only.

        Results are returned in the order of the calls. Raises `Busy`, or `WorkerFailed`.
        """
        if len(self._waiting) + self._running >= self._most:
            self._on_refused()
            raise Busy("Too much of this is being done already: try again in a moment.")
        item = text, self._loop.future()
        self._waiting.append(item)
        if not self._running and len(self._waiting) == 1:
            self._loop.call_at_end_of_turn(self._start_batch)
        try:
            return cast(str, item[1].wait())
        except BaseException:
            # This greenlet may be being killed.
            if item in self._waiting:
                self._waiting.remove(item)
            raise

    def close(self) -> None:
        """End the process, and what it is doing; the next call starts another."""
        self._process.close()

    def _start_batch(self) -> None:
        if self._running or not self._waiting:
            return
        batch = [self._waiting.popleft()]
        characters = len(batch[0][0])
        while self._waiting and characters + len(self._waiting[0][0]) <= MAX_CHARACTERS:
            batch.append(self._waiting.popleft())
            characters += len(batch[-1][0])
        self._running = len(batch)
        # The thread is started on first use: not every process needs it.
        if self._work is None:
            self._work = self._loop.thread_queue()
            done = self._loop.threadsafe_callback(self._complete)
            self._loop.start_thread(partial(_run, self._work, self._process, done))
        self._work.put(batch)

    def _complete(self, batch: Batch) -> None:
        """Wake the greenlets of a batch in their order, and start the next. Runs on the loop."""
        self._running = 0
        self._start_batch()
        self._loop.wake([future for _, future in batch])


def _run(queue: ThreadQueue, process: WorkerProcess, done: Callable[[Any], None]) -> None:
    """Process batches, forever; the main function of a native thread."""
    # Nothing is logged here: logging's lock is patched, and belongs to the loop.
    while True:
        batch: Batch = queue.get()
        try:
            results = process.call([text for text, _ in batch])
            for (_, future), result in zip(batch, results, strict=True):
                if isinstance(result, WorkerFailed):
                    future.set_exception(result)
                else:
                    future.set_result(result)
        except Exception as error:
            for _, future in batch:
                future.set_exception(error)
        done(batch)
