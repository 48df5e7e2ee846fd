"""The heartbeat of sessions: which are connected is recorded on disk, periodically."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from me_api.concurrency import Loop
from me_api.errors import ApiError
from me_api.eventlog import EventLog
from me_api.recovery.changes import EndSessions
from me_api.recovery.service import Recovery

logger = logging.getLogger(__name__)

MAX_BATCH = 256
"""The most sessions recorded in one transaction, so that other changes are not delayed."""


class SessionHeartbeat:
    """Records which sessions are connected; `connected` returns their hashed pids."""

    def __init__(
        self,
        loop: Loop,
        log: EventLog,
        recovery: Recovery,
        connected: Callable[[], Iterable[str]],
        node: str | None,
    ) -> None:
        self._loop = loop
        self._log = log
        self._recovery = recovery
        self._connected = connected
        self._node = node
        self.ended: set[str] = set()
        """The hashed pids of sessions that have ended but are still on disk: not to be resumed."""
        self._deleting: set[str] = set()

    def start(self) -> None:
        """Record now, and periodically, which sessions are connected."""
        # The recovery window begins when a client disconnects. That is not recorded on every
        # disconnect: a thousand clients on a bad network would keep the disk busy.
        try:
            self.record()
        finally:
            self._loop.call_later(self._recovery.refresh, self.start)

    def record(self) -> None:
        """Record which sessions are connected; returns when all of them are on disk.

        A failure is logged, and the rest is left to the next call.
        """
        pids = list(self._connected())
        try:
            # At least once, because the change also deletes expired sessions.
            for begin in range(0, max(1, len(pids)), MAX_BATCH):
                self._log.commit(self._recovery.touch(pids[begin : begin + MAX_BATCH]))
            self._retry_deletions()
        except ApiError as error:
            logger.warning("who is connected was not noted: %s", error)

    def end_session(self, pid: str) -> None:
        """End a session: it cannot be resumed from now on; it is deleted in the background."""
        self.ended.add(pid)
        self._loop.spawn(self._end_in_background, pid)

    def _end_in_background(self, pid: str) -> None:
        try:
            self._delete([pid])
        except ApiError as error:
            # It stays in `ended`, so it cannot be resumed; `record` deletes it.
            logger.warning("a session was not ended on disk yet: %s", error)

    def _retry_deletions(self) -> None:
        """Delete the sessions whose deletion has failed before."""
        # Or they could be resumed after a restart, which forgets `ended`.
        pids = list(self.ended - self._deleting)
        for begin in range(0, len(pids), MAX_BATCH):
            self._delete(pids[begin : begin + MAX_BATCH])

    def _delete(self, pids: list[str]) -> None:
        self._deleting.update(pids)
        try:
            self._log.commit(EndSessions(tuple(pids), self._node))
            self.ended.difference_update(pids)
        finally:
            self._deleting.difference_update(pids)
