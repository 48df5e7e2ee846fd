"""A connection to PostgreSQL in a native thread, which listens and runs jobs in their order.

Nothing in the thread is green: it waits for the server while the event loop goes on.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg

from me_api.concurrency import Future, Loop, LoopCallback, ThreadQueue

PgConnection = psycopg.Connection[Any]
IDLE_SECONDS = 5.0
"""Seconds after which the thread looks at the connection, though it was not woken."""


@dataclass(slots=True)
class Job:
    """What the thread is to do with the connection, and the future of its result."""

    run: Callable[[PgConnection], Any] | None
    """Called in the thread; None ends it."""
    future: Future | None = None


@dataclass(frozen=True, slots=True)
class ThreadEvent:
    """What the thread passes to the loop: that it is open or closed, a notification, a result."""

    thread: ConnectionThread
    kind: str
    value: Any = None


class ConnectionThread:
    """One connection and its thread, until it is lost.

    `gather_seconds` is called in the thread after a notification; it returns for how long others
    are collected, so that many wake the loop once.
    """

    def __init__(
        self,
        loop: Loop,
        connect: Callable[[], PgConnection],
        channels: Sequence[str],
        events: LoopCallback,
        gather_seconds: Callable[[], float],
    ) -> None:
        self._loop, self._connect, self._channels, self._events = loop, connect, channels, events
        self._gather_seconds = gather_seconds
        self._jobs: ThreadQueue = loop.thread_queue()
        self._waiter = loop.thread_waiter()
        self._connection: PgConnection | None = None
        loop.start_thread(self._run)

    def submit(self, job: Job) -> None:
        """Run a job after those before it; on the loop. Never waits."""
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
            if self._receive(connection):
                # The first one after quiet is not delayed, and neither is a job.
                self._waiter.pause(self._gather_seconds())
            else:
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

    def _receive(self, connection: PgConnection) -> bool:
        """Pass on the notifications that have arrived; return whether there are any."""
        connection.pgconn.consume_input()
        received = False
        while (notify := connection.pgconn.notifies()) is not None:
            received = True
            self._notify(notify.relname.decode(), notify.extra.decode())
        return received

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
