"""The poll: a regular look at what other processes have written, and at the database's files."""

from __future__ import annotations

from me_api.concurrency import Loop
from me_api.eventlog.eventlog import EventLog
from me_api.storage.failures import is_storage_failure

POLL_SECONDS = 0.25
"""Seconds between two looks."""


class LogPoll:
    """Publishes what other processes have written."""

    def __init__(self, loop: Loop, log: EventLog) -> None:
        self._loop, self._log = loop, log

    def start(self) -> None:
        """Look now, and regularly from now on."""
        log = self._log
        has_files = log.database.files is not None
        try:
            if has_files:
                # First: if its file has been overwritten, the log cannot be read any more.
                log.monitor.look()
            goes_on = has_files or log.epoch_watch.look()
            if goes_on and (log.head > log.delivered or log.source.access_changed):
                # In a greenlet of its own, where what publishing raises is logged: it must not be
                # mistaken for a failure to read the log.
                self._loop.spawn(try_to_catch_up, log)
            if not has_files:
                log.monitor.look()
            log.failures.clear()
        except Exception as error:
            log.failures.log(error)
        finally:
            self._loop.call_later(POLL_SECONDS, self.start)


def try_to_catch_up(log: EventLog) -> None:
    """Publish what any process has committed; if it cannot be read, a poll tries again."""
    try:
        log.tail.catch_up()
    except Exception as error:
        if not is_storage_failure(error):
            raise
        log.failures.log(error)
