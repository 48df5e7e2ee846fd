"""The regular look whether a failover of PostgreSQL has begun a new epoch."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

from me_api.concurrency import Loop
from me_api.eventlog.monitor import StorageMonitor
from me_api.eventlog.position import Position
from me_api.eventlog.tail import Tail

_LOOK = "SELECT head, epoch, timeline <> me_api_timeline_1() FROM log"


class EpochWatch:
    """Begins the tail anew when the log has another epoch; then calls `on_new_epoch`."""

    def __init__(self, loop: Loop, readers: Engine, tail: Tail, monitor: StorageMonitor) -> None:
        self._loop = loop
        self._readers = readers
        self._tail = tail
        self._monitor = monitor
        self.on_new_epoch: Callable[[], None] = lambda: None

    def look(self) -> bool:
        """Return whether the log goes on as it was."""
        delivered = self._tail.delivered
        with self._readers.connect() as connection:
            head, epoch, promoted = connection.exec_driver_sql(_LOOK).one()
        if epoch != self._tail.epoch:
            self._tail.begin_anew(Position(head, epoch))
            # What clients have may not be in this log: they learn that when they reconnect.
            self._loop.spawn(self.on_new_epoch)
        elif promoted or head < delivered:
            # The writer, which meets the same, decides what has become of the log.
            self._monitor.probe()
        else:
            return True
        return False
