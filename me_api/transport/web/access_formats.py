"""The lines of the access log: the Combined Log Format of Apache and nginx, or JSON."""

from __future__ import annotations

import re
from functools import lru_cache
from time import gmtime, strftime
from typing import NamedTuple

from me_api.json import json_time, to_json
from me_api.transport.web.access_fields import RequestFields

_UNSAFE = re.compile(r'[^\x20-\x7e]|["\\]')
_UNSAFE_IN_WORD = re.compile(r'[^\x21-\x7e]|["\\]')


class AccessRecord(NamedTuple):
    """A request that has been answered."""

    time: float
    """Seconds since 1970, when it was logged."""
    address: str
    user: str
    """The nick of the registered user that has sent it; empty for others."""
    request: RequestFields
    status: int
    size: int
    """Bytes of the response behind its head."""
    seconds: float
    request_id: str


def combined_line(access: AccessRecord) -> bytes:
    """Encode in the Combined Log Format, followed by the duration in seconds and the id.

    What could end a field, or the line, is written as `\\x` and two digits for each byte.
    """
    request = access.request
    line = f"{request.method} {_safe(request.target)} {request.version}" if request.method else "-"
    user = _UNSAFE_IN_WORD.sub(_escaped, _bytes_of(access.user)) or "-"
    return (
        f"{_word(access.address)} - {user} [{_clock(int(access.time))}]"
        f' "{line}" {access.status} {access.size} "{_safe(request.referer) or "-"}"'
        f' "{_safe(request.user_agent) or "-"}" {access.seconds:.6f} {access.request_id}\n'
    ).encode("ascii")


def json_line(access: AccessRecord) -> bytes:
    """Encode as one line of JSON. What was not sent is an empty text."""
    request = access.request
    return to_json(
        {
            "time": json_time(access.time),
            "kind": "request",
            "id": access.request_id,
            "address": access.address,
            "user": access.user,
            "method": request.method,
            "target": _readable(request.target),
            "version": request.version,
            "status": access.status,
            "bytes": access.size,
            "seconds": round(access.seconds, 6),
            "referer": _readable(request.referer),
            "user_agent": _readable(request.user_agent),
        }
    )


@lru_cache(8)
def _clock(second: int) -> str:
    return strftime("%d/%b/%Y:%H:%M:%S +0000", gmtime(second))


def _readable(text: str) -> str:
    """Return the text of a field, which has a character for each byte; browsers send UTF-8."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def _bytes_of(text: str) -> str:
    """Return a text with one character for each byte of its UTF-8."""
    return text.encode().decode("latin-1")


def _safe(text: str) -> str:
    return _UNSAFE.sub(_escaped, text)


def _word(text: str) -> str:
    return _UNSAFE_IN_WORD.sub(_escaped, text) or "-"


def _escaped(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"
