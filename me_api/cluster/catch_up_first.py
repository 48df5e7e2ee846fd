"""Reading what has been committed, before what other nodes have sent is passed on to clients.

A node that was paused receives all at once what others have sent meanwhile. A guest to whom
a room has been closed must not receive any more who types in it or joins it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from me_api.cluster import LogReader
from me_api.concurrency import Loop
from me_api.storage.failures import RepeatedFailures, is_storage_failure

logger = logging.getLogger(__name__)


class CatchUpFirst:
    """Runs functions in their order, as soon as this node knows what has been committed."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._log: LogReader | None = None
        self._held: deque[Callable[[], None]] = deque()
        self._failures = RepeatedFailures("what other nodes have sent is lost")

    def start(self, log: LogReader) -> None:
        """Ask this log from now on."""
        self._log = log

    def run(self, function: Callable[[], None]) -> None:
        """Run a function now, or when the log has been read. Never waits.

        If the log cannot be read, it is not run: what other nodes send may be lost.
        """
        if self._log is None or (self._log.is_current and not self._held):
            function()
            return
        self._held.append(function)
        if len(self._held) == 1:
            self._loop.spawn(self._catch_up, self._log)

    def _catch_up(self, log: LogReader) -> None:
        try:
            log.catch_up()
        except Exception as error:
            self._held.clear()
            if not is_storage_failure(error):
                raise
            self._failures.log(error)
            return
        self._failures.clear()
        while self._held:
            # Held while it runs, so that what arrives meanwhile comes after it.
            try:
                self._held[0]()
            except Exception:
                logger.exception("what another node has sent was not passed on")
            finally:
                self._held.popleft()
