"""A connection to PostgreSQL in a native thread, which listens and runs jobs in their order.

Nothing in the thread is green: it waits for the server while the event loop goes on.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg

from me_api.concurrency import Future, Loop, LoopCallback, ThreadQueue
from me_api.errors import StorageUnavailable
from me_api.storage.failures import RepeatedFailures

T = TypeVar("T")
PgConnection = psycopg.Connection[Any]
RETRY_SECONDS = 0.5
"""Seconds until a connection that was lost is opened again."""
IDLE_SECONDS = 5.0


@dataclass(slots=True)
class Job:
    """What the thread is to do with the connection, and the future of its result."""

    run: Callable[[PgConnection], Any] | None
    """Called in the thread; None ends it."""
    future: Future | None = None


@dataclass(frozen=True, slots=True)
class ThreadEvent:
    """What the thread passes to the loop: that it is open or closed, a notification, a result."""

    thread: _Thread
    kind: str
    value: Any = None


class NativeConnection:
    """Keeps one connection open, with its thread; all methods are called on the loop.

    `on_open` is called whenever it is listening anew: what was announced before is not known.
    `on_notify` is called with the channel and the payload of each notification.
    """

    def __init__(
        self,
        loop: Loop,
        connect: Callable[[], PgConnection],
        channels: Sequence[str],
        on_open: Callable[[], None],
        on_notify: Callable[[str, str], None],
    ) -> None:
        self._loop, self._connect, self._channels = loop, connect, channels
        self._on_open, self._on_notify = on_open, on_notify
        self._failures = RepeatedFailures("a connection to other nodes failed")
        self._thread: _Thread | None = None
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
        self._thread = _Thread(self._loop, self._connect, self._channels, self._events)

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


class _Thread:
    """One connection and its thread, until it is lost."""

    def __init__(
        self,
        loop: Loop,
        connect: Callable[[], PgConnection],
        channels: Sequence[str],
        events: LoopCallback,
    ) -> None:
        self._loop, self._connect, self._channels, self._events = loop, connect, channels, events
        self._jobs: ThreadQueue = loop.thread_queue()
        self._waiter = loop.thread_waiter()
        self._connection: PgConnection | None = None
        loop.start_thread(self._run)

    def submit(self, job: Job) -> None:
        self._jobs.put(job)
        self._waiter.wake()

    def cut(self) -> None:
        """Shut the socket down, so that the thread finds the connection lost; on the loop."""
        # The thread never closes the connection, so that the number is that of this socket.
        if self._connection is not None and not self._connection.closed:
            with suppress(OSError), socket.socket(fileno=os.dup(self._connection.fileno())) as sock:
                sock.shutdown(socket.SHUT_RDWR)

    def discard(self) -> None:
        """Free what the thread has used, when it has ended; its jobs fail. On the loop."""
        while not self._jobs.empty():
            self._finish(self._jobs.get(), psycopg.OperationalError("the connection is closed"))
        if self._connection is not None:
            self._connection.close()
        self._waiter.close()

    def _run(self) -> None:
        failure: Exception | None = None
        try:
            self._connection = self._connect()
            self._serve(self._connection)
        except Exception as error:
            failure = error
        self._events(ThreadEvent(self, "closed", failure))

    def _serve(self, connection: PgConnection) -> None:
        # Notifications also arrive while a statement runs.
        connection.add_notify_handler(lambda notify: self._notify(notify.channel, notify.payload))
        for channel in self._channels:
            connection.execute(f'LISTEN "{channel}"'.encode())
        self._events(ThreadEvent(self, "open"))
        while True:
            while not self._jobs.empty():
                job = self._jobs.get()
                if job.run is None:
                    return
                self._do(job, connection)
            self._receive(connection)
            self._waiter.wait(connection.fileno(), IDLE_SECONDS)

    def _do(self, job: Job, connection: PgConnection) -> None:
        assert job.run is not None
        try:
            outcome = job.run(connection)
        except Exception as error:
            outcome = error
        self._finish(job, outcome)
        if connection.closed:
            raise psycopg.OperationalError("the connection was lost")

    def _receive(self, connection: PgConnection) -> None:
        connection.pgconn.consume_input()
        while (notify := connection.pgconn.notifies()) is not None:
            self._notify(notify.relname.decode(), notify.extra.decode())

    def _notify(self, channel: str, payload: str) -> None:
        self._events(ThreadEvent(self, "notify", (channel, payload)))

    def _finish(self, job: Job, outcome: Any) -> None:
        if job.future is None:
            if isinstance(outcome, Exception):
                self._events(ThreadEvent(self, "failed", outcome))
            return
        if isinstance(outcome, Exception):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome)
        self._events(ThreadEvent(self, "result", job.future))
