"""The sessions on disk: who is still connected, and who has ended theirs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from me_api.auth.identity import digest
from me_api.concurrency import Loop
from me_api.errors import ApiError
from me_api.eventlog import EventLog
from me_api.recovery.changes import EndSession
from me_api.recovery.service import Recovery

logger = logging.getLogger(__name__)

MAX_BATCH = 256
"""Sessions noted as seen in one transaction: others' changes go in between."""


class SessionHeartbeat:
    """Keeps the sessions on disk true; `connected` gives the pids of who is connected."""

    def __init__(
        self,
        loop: Loop,
        log: EventLog,
        recovery: Recovery,
        connected: Callable[[], Iterable[str]],
    ) -> None:
        self._loop = loop
        self._log = log
        self._recovery = recovery
        self._connected = connected
        self.ended: set[str] = set()
        """The hashed pids of sessions that have ended, but are still on disk."""

    def start(self) -> None:
        """Note now and then who is connected: the window of recovery begins at the drop.

        Not at each drop: a thousand clients on a bad network would keep the disk busy with it.
        """
        try:
            self.record()
        finally:
            self._loop.call_later(self._recovery.refresh, self.start)

    def record(self) -> None:
        """Note who is connected, some after the others; on disk when this returns."""
        pids = [digest(pid) for pid in self._connected()]
        # With nobody connected there are still sessions to be forgotten.
        for begin in range(0, max(1, len(pids)), MAX_BATCH):
            try:
                self._log.commit(self._recovery.touch(pids[begin : begin + MAX_BATCH]))
            except ApiError as error:
                logger.warning("who is connected was not noted: %s", error)
                return

    def end_session(self, pid: str) -> None:
        """End a session: it is not to be found from now on, and soon not on disk either."""
        self.ended.add(pid)
        self._loop.spawn(self._forget, pid)

    def _forget(self, pid: str) -> None:
        """Forget a session on disk; who comes back before that does not find it either."""
        try:
            self._log.commit(EndSession(pid))
        except ApiError as error:
            logger.warning("a session was not ended on disk: %s", error)
        else:
            self.ended.discard(pid)
