"""The doorbell: commits of other nodes are announced by NOTIFY, and read at once.

It only saves time: the log is polled besides, and a lost ring costs a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from me_api.cluster import LogReader
from me_api.cluster.native_connection import NativeConnection, PgConnection
from me_api.cluster.rings import Read, RingBuffer, Wait, decode
from me_api.concurrency import Loop
from me_api.storage.failures import RepeatedFailures, is_storage_failure

CHANNEL = "me_api"
BEAT_SECONDS = 1.0
DEAF_SECONDS = 3.0
"""Seconds without a beat of its own after which a node does not rely on the doorbell."""


class Doorbell:
    """Receives rings, and has the log read for them, many at once.

    A node rings for itself once a second, on a channel of its own: by that it knows that it is
    listening. A listener that has died without an error is found by nothing else.
    """

    def __init__(self, loop: Loop, connect: Callable[[], PgConnection], process: str) -> None:
        self._loop, self._process = loop, process
        self._beat_channel = f"{CHANNEL}_beat_{process}"
        self.connection = NativeConnection(
            loop, connect, (CHANNEL, self._beat_channel), self._opened, self._notified
        )
        self._log: LogReader | None = None
        self._buffer = RingBuffer()
        self._working = False
        self._heard = 0.0
        self._failures = RepeatedFailures("the log cannot be read for a ring")

    @property
    def is_up(self) -> bool:
        """Whether rings arrive."""
        return self.connection.is_open and monotonic() - self._heard < DEAF_SECONDS

    def start(self, log: LogReader) -> None:
        """Begin to listen."""
        self._log = log
        self.connection.start()
        self._beat()

    def close(self) -> None:
        self.connection.close()

    def _opened(self) -> None:
        # Listening first, reading then: what is committed between the two is read or announced.
        self._heard = monotonic()
        self._loop.spawn(self._catch_up)

    def _notified(self, channel: str, payload: str) -> None:
        if channel == self._beat_channel:
            self._heard = monotonic()
            return
        ring = decode(payload)
        if ring is None or self._log is None:
            return
        self._log.note(ring)
        # What this process has committed is published by its committer, without being read.
        if ring.process == self._process:
            return
        self._buffer.add(ring, monotonic())
        self._wake()

    def _wake(self) -> None:
        if not self._working:
            self._working = True
            self._loop.spawn(self._work)

    def _work(self) -> None:
        """Read what has been announced; one read at a time."""
        assert self._log is not None
        try:
            while isinstance(step := self._buffer.step(self._log.delivered, monotonic()), Read):
                if not self._catch_up():
                    return
                self._buffer.finish_read(monotonic())
        finally:
            self._working = False
        if isinstance(step, Wait):
            self._loop.call_later(step.until - monotonic(), self._wake)

    def _catch_up(self) -> bool:
        assert self._log is not None
        try:
            self._log.catch_up()
        except Exception as error:
            if not is_storage_failure(error):
                raise
            # The poll reads it later.
            self._failures.log(error)
            return False
        self._failures.clear()
        return True

    def _beat(self) -> None:
        try:
            if self.connection.is_open:
                if not self.is_up:
                    self.connection.restart()
                self.connection.post(self._ring_own)
        finally:
            self._loop.call_later(BEAT_SECONDS, self._beat)

    def _ring_own(self, connection: PgConnection) -> None:
        connection.execute("SELECT pg_notify(%s, '')", (self._beat_channel,))
