"""The request header X-Rev: a GET whose response contains everything up to a position.

Where nodes share a database, a client may read at another one than it has written at.
"""

from __future__ import annotations

import re

from flask import Flask, request

from me_api.errors import Invalid
from me_api.eventlog import log

HEADER = "X-Rev"
MAX_POSITION = 2**53 - 1
"""The largest integer that JSON numbers hold everywhere."""
_DIGITS = re.compile(r"\d{1,16}", re.ASCII)


def init_app(app: Flask) -> None:
    """Register what is done before every GET."""
    app.before_request(_reach_position)


def is_reached(value: str) -> bool:
    """Return whether a node has published everything up to the position in the header."""
    position = _parse(value)
    return position is not None and position <= log.delivered


def _reach_position() -> None:
    """Publish everything up to the position that the request names, if it names one.

    Raises `Gone` for a position beyond the end of the log, `Invalid` for one that is no number.
    """
    value = request.headers.get(HEADER)
    if value is None or request.method not in ("GET", "HEAD"):
        return
    position = _parse(value)
    if position is None:
        raise Invalid([(HEADER, "This is the rev of a change, a number.")])
    log.check_cursor(position)


def _parse(value: str) -> int | None:
    if _DIGITS.fullmatch(value) is None:
        return None
    return position if (position := int(value)) <= MAX_POSITION else None
