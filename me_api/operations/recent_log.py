"""The latest warnings and errors that the server has logged, in memory."""

from __future__ import annotations

import logging
from collections import deque
from itertools import count
from typing import NamedTuple

from me_api.extensions import app_extension

KEPT = 100
"""The most records."""
MAX_TEXT = 1000
"""The most characters of a record's text."""


class LogLine(NamedTuple):
    """A record of the log. Ids count from 1; `time` is in seconds since 1970."""

    id: int
    time: float
    level: str
    logger: str
    text: str


class RecentLog(logging.Handler):
    """Keeps the last `KEPT` records of warnings and errors."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._ids = count(1)
        self._lines: deque[LogLine] = deque(maxlen=KEPT)
        self.errors = 0
        """Records of errors since the start."""

    def handle(self, record: logging.LogRecord) -> bool:
        """Keep a record, without the lock of other handlers."""
        # Native threads log, too, and the lock of a patched library belongs to the loop's thread.
        # Appending to a deque needs none.
        if accepted := bool(self.filter(record)):
            self.emit(record)
        return accepted

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record, with the error that it carries in one line."""
        self.errors += record.levelno >= logging.ERROR
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            text = f"{text}: {type(error).__name__}: {error}"
        line = LogLine(
            next(self._ids), record.created, record.levelname, record.name, text[:MAX_TEXT]
        )
        self._lines.append(line)

    @property
    def lines(self) -> list[LogLine]:
        """The records that are kept, the oldest first."""
        return list(self._lines)


recent_log: RecentLog = app_extension("recent_log")
