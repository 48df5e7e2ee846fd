"""A connection to PostgreSQL that is kept open, and used from the event loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg

from me_api.cluster.connection_thread import ConnectionThread, Job, PgConnection, ThreadEvent
from me_api.concurrency import Future, Loop, LoopCallback
from me_api.errors import StorageUnavailable
from me_api.storage.failures import RepeatedFailures

T = TypeVar("T")
RETRY_SECONDS = 0.5
"""Seconds until a connection that was lost is opened again."""
GATHER_SECONDS = 0.008
"""Seconds after a notification for which others are collected, by default."""


class NativeConnection:
    """Keeps one connection open, with its thread; all methods are called on the loop.

    `on_open` is called whenever it is listening anew: what was announced before is not known.
    `on_notify` is called with the channel and the payload of each notification. After one, others
    are collected for as long as `gather_seconds` returns, which is called in the thread.
    """

    def __init__(
        self,
        loop: Loop,
        connect: Callable[[], PgConnection],
        channels: Sequence[str],
        on_open: Callable[[], None],
        on_notify: Callable[[str, str], None],
        gather_seconds: Callable[[], float] = lambda: GATHER_SECONDS,
    ) -> None:
        self._loop, self._connect, self._channels = loop, connect, channels
        self._on_open, self._on_notify = on_open, on_notify
        self._gather_seconds = gather_seconds
        self._failures = RepeatedFailures("a connection to other nodes failed")
        self._thread: ConnectionThread | None = None
        self._events: LoopCallback | None = None
        self._ended: Future | None = None
        """Set once the connection is to be closed for good."""
        self.is_open = False

    def start(self) -> None:
        """Open the connection, in the background, and again whenever it is lost."""
        if self._ended is not None:
            return
        if self._events is None:
            self._events = self._loop.threadsafe_callback(self._handle)
        self._thread = ConnectionThread(
            self._loop, self._connect, self._channels, self._events, self._gather_seconds
        )

    def call(self, run: Callable[[PgConnection], T]) -> T:
        """Run a job and return its result; raise what it raises, or `StorageUnavailable`."""
        future = self._loop.future()
        self._submit(Job(run, future))
        try:
            result: T = future.wait()
        except psycopg.Error as error:
            raise StorageUnavailable(f"The database cannot be reached: {error}.") from error
        return result

    def post(self, run: Callable[[PgConnection], Any]) -> None:
        """Run a job for which nobody waits; raise `StorageUnavailable` if there is no connection.

        What the job raises is logged. Never waits.
        """
        self._submit(Job(run))

    def restart(self) -> None:
        """Close a connection that does not answer any longer; another is opened."""
        if self._thread is not None:
            self._thread.cut()

    def close(self) -> None:
        """Run the jobs that are left, then close the connection for good."""
        self._ended = self._loop.future()
        if self._thread is None or self._events is None or not self.is_open:
            # A thread that is connecting ends with the process.
            return
        self._thread.submit(Job(None))
        self._ended.wait()
        self._events.close()

    def _submit(self, job: Job) -> None:
        if self._thread is None or not self.is_open:
            raise StorageUnavailable("The database cannot be reached.")
        self._thread.submit(job)

    def _handle(self, event: ThreadEvent) -> None:
        if event.kind == "result":
            self._loop.wake([event.value])
        elif event.kind == "notify":
            self._on_notify(*event.value)
        elif event.kind == "failed":
            self._failures.log(event.value)
        elif event.kind == "open":
            self.is_open = True
            self._failures.clear()
            self._on_open()
        else:
            self._closed(event)

    def _closed(self, event: ThreadEvent) -> None:
        self.is_open = False
        event.thread.discard()
        if event.value is not None:
            self._failures.log(event.value)
        if self._ended is None:
            self._loop.call_later(RETRY_SECONDS, self.start)
        else:
            self._loop.wake([self._ended])
