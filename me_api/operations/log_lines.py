"""What the server logs, as lines of text or of JSON that are passed on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from me_api.json import json_time, to_json

Put = Callable[[bytes], None]
TEXT = "%(asctime)s %(levelname)s %(message)s"
OTHERS = logging.WARNING
"""The lowest level of the libraries, whose finer ones show packets and statements: credentials."""


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON, with its traceback in it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        body = {
            "time": json_time(record.created),
            "kind": "log",
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        if record.exc_info:
            body["traceback"] = self.formatException(record.exc_info)
        return to_json(body).decode().removesuffix("\n")


class LineHandler(logging.Handler):
    """Passes each record on as bytes that end with a newline."""

    def __init__(self, put: Put) -> None:
        super().__init__()
        self._put = put

    def handle(self, record: logging.LogRecord) -> bool:
        """Pass a record on, without the lock of other handlers."""
        # Native threads log, too, and the lock of a patched library belongs to the loop's thread.
        if accepted := bool(self.filter(record)):
            self.emit(record)
        return accepted

    def emit(self, record: logging.LogRecord) -> None:
        """Format a record; one that cannot be formatted is a bug that is printed."""
        try:
            line = self.format(record)
        except (TypeError, ValueError):
            self.handleError(record)
            return
        self._put(f"{line}\n".encode(errors="backslashreplace"))


def configure(put: Put, level: str, *, as_json: bool) -> None:
    """Pass what is logged from this level on to `put`, in place of the handlers until now."""
    handler = LineHandler(put)
    handler.setFormatter(JsonFormatter() if as_json else logging.Formatter(TEXT))
    number = logging.getLevelNamesMapping()[level.upper()]
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(number, OTHERS))
    logging.getLogger("me_api").setLevel(number)


def describe_dropped(*, as_json: bool) -> Callable[[int], bytes]:
    """Return a function that makes the line in the place of lines that were dropped."""

    def describe(lines: int) -> bytes:
        text = f"{lines} lines were dropped, because standard error takes too few"
        record = logging.LogRecord("me_api", logging.WARNING, "", 0, text, None, None)
        formatter = JsonFormatter() if as_json else logging.Formatter(TEXT)
        return f"{formatter.format(record)}\n".encode()

    return describe
