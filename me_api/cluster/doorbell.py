"""The doorbell: commits of other nodes are announced by NOTIFY, and read at once.

With Redis, what was committed arrives through that, and need not be read. Both only save time: the
log is polled besides, and a lost ring costs a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Literal

from me_api.cluster import LogReader, ring_sender
from me_api.cluster.bus import Bus
from me_api.cluster.connection_thread import PgConnection
from me_api.cluster.native_connection import GATHER_SECONDS, NativeConnection
from me_api.cluster.ring_sender import RingSender
from me_api.cluster.rings import (
    GAP_SECONDS,
    PendingRings,
    Publish,
    Read,
    Ring,
    Wait,
    decode,
    decode_with_entries,
)
from me_api.concurrency import Loop
from me_api.storage.failures import RepeatedFailures, is_storage_failure

CHANNEL = "me_api"
HEARTBEAT_SECONDS = 1.0
TIMEOUT_SECONDS = 3.0
"""Seconds without a heartbeat of its own after which a node does not rely on the doorbell."""
REDIS_GATHER_SECONDS = 0.05
"""Seconds for which notifications are collected while Redis carries what they announce.

Each time they wake the loop costs as much as to publish a dozen messages.
"""


class Doorbell:
    """Receives rings, and has the log read for them, many at once.

    A node rings for itself once a second, on a channel of its own: by that it knows that it is
    listening. A listener that has died without an error is found by nothing else.
    """

    def __init__(
        self,
        loop: Loop,
        connect: Callable[[], PgConnection],
        process: str,
        bus: Bus | None = None,
    ) -> None:
        self._loop, self._process, self._bus = loop, process, bus
        self._heartbeat_channel = f"{CHANNEL}_beat_{process}"
        self.connection = NativeConnection(
            loop,
            connect,
            (CHANNEL, self._heartbeat_channel),
            self._opened,
            self._notified,
            self._gather_seconds,
        )
        self._log: LogReader | None = None
        self._buffer = PendingRings()
        self._working = False
        self._is_waiting = False
        self._last_heartbeat = 0.0
        self._next_heartbeat = 0.0
        self._failures = RepeatedFailures("the log cannot be read for a ring")

    @property
    def is_up(self) -> bool:
        """Whether rings arrive by NOTIFY."""
        return self.connection.is_open and monotonic() - self._last_heartbeat < TIMEOUT_SECONDS

    @property
    def in_use(self) -> Literal["redis", "notify", "polling"]:
        """How this node learns of commits of the others."""
        if self._bus is not None and self._bus.is_up:
            return "redis"
        return "notify" if self.is_up else "polling"

    def start(self, log: LogReader) -> None:
        """Receive rings from now on, and have this log read for them."""
        self._log = log
        if self._bus is not None:
            self._bus.subscribe(ring_sender.CHANNEL, self._carried)
            # NOTIFY has announced it already.
            log.on_commit(RingSender(self._loop, self._bus, lambda: log.epoch).send)
        self.connection.start()
        self._send_heartbeat()

    def close(self) -> None:
        self.connection.close()

    def _gather_seconds(self) -> float:
        """Return for how long notifications are collected; called in the connection's thread."""
        is_carried = self._bus is not None and self._bus.is_up
        return REDIS_GATHER_SECONDS if is_carried else GATHER_SECONDS

    def _carried(self, epoch: str, process: str, body: bytes) -> None:
        ring = decode_with_entries(body, process, epoch)
        if ring is not None and self._log is not None and epoch == self._log.epoch:
            self._log.note(ring)
            self._buffer.add(ring, monotonic())
            self._wake()

    def _opened(self) -> None:
        # Listening first, reading then: what is committed between the two is read or announced.
        self._last_heartbeat = monotonic()
        self._loop.spawn(self._catch_up)

    def _notified(self, channel: str, payload: str) -> None:
        if channel == self._heartbeat_channel:
            self._last_heartbeat = monotonic()
            return
        ring = decode(payload)
        if ring is None or self._log is None:
            return
        self._log.note(ring)
        # What this process has committed is published by its committer, without being read.
        if ring.process == self._process or ring.head <= self._log.delivered:
            return
        # It was sent before what Redis carries.
        expected = self._bus is not None and self._bus.is_up
        self._buffer.add(ring, monotonic(), expected=expected)
        if expected:
            self._wait(GAP_SECONDS)
        else:
            self._wake()

    def _wait(self, seconds: float) -> None:
        if not self._is_waiting:
            self._is_waiting = True
            self._loop.call_later(seconds, self._waited)

    def _waited(self) -> None:
        self._is_waiting = False
        self._wake()

    def _wake(self) -> None:
        if not self._working:
            self._working = True
            self._loop.spawn(self._work)

    def _work(self) -> None:
        """Publish, or read, what has been announced; one read at a time."""
        assert self._log is not None
        try:
            while True:
                step = self._buffer.step(self._log.delivered, monotonic())
                if not isinstance(step, Publish | Read) or not self._attempt(step):
                    break
        finally:
            self._working = False
        if isinstance(step, Wait):
            self._wait(step.until - monotonic())

    def _attempt(self, step: Publish | Read) -> bool:
        """Do a step; return False if the database fails: the poll reads it later."""
        if isinstance(step, Publish):
            return self._try(lambda: self._publish(step.ring))
        if not self._catch_up():
            return False
        self._buffer.finish_read(monotonic())
        return True

    def _publish(self, ring: Ring) -> None:
        assert self._log is not None
        if not self._log.publish(ring):
            self._buffer.discard(ring)

    def _catch_up(self) -> bool:
        assert self._log is not None
        return self._try(self._log.catch_up)

    def _try(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except Exception as error:
            if not is_storage_failure(error):
                raise
            self._failures.log(error)
            return False
        self._failures.clear()
        return True

    def _send_heartbeat(self) -> None:
        try:
            if self.connection.is_open:
                # If the loop is late, or the process was paused, what has arrived is not read yet.
                is_late = monotonic() > self._next_heartbeat + HEARTBEAT_SECONDS
                if not (self.is_up or is_late):
                    self.connection.restart()
                self.connection.post(self._ring_own)
        finally:
            self._next_heartbeat = monotonic() + HEARTBEAT_SECONDS
            self._loop.call_later(HEARTBEAT_SECONDS, self._send_heartbeat)

    def _ring_own(self, connection: PgConnection) -> None:
        connection.execute("SELECT pg_notify(%s, '')", (self._heartbeat_channel,))
