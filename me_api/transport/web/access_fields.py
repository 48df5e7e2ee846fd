"""What the access log shows of the head of a request: no credentials."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from me_api.transport.web.request_head import match_head

SHOWN = frozenset(
    (
        *("EIO", "transport", "t", "since", "epoch", "limit", "wait", "before", "after", "around"),
        *("room", "week", "own", "format", "page"),
    )
)
"""The parameters of a query whose values are shown. Any other may be a credential."""
NAMED = frozenset(("sid", "token", "guest", "secret", "pid", "key", "nick", "q", "password"))
"""Those whose names are shown, without their values."""
HIDDEN = "***"
MAX_TARGET = 512
MAX_FIELD = 256
"""The most characters that are shown of a target, and of a field."""
CACHED_HEADS = 1024
MAX_CACHED = 1024
"""Heads that are kept in parsed form, and the bytes that each may have."""

_FIELDS = re.compile(
    rb"^(x-forwarded-for|x-request-id|referer|user-agent):[\t ]*+([^\r]*)", re.IGNORECASE | re.M
)
_USER = re.compile(r"//[^/]*@")
_ABSOLUTE = re.compile(r"^https?://[^/?]*", re.IGNORECASE)


class RequestFields(NamedTuple):
    """What is logged of a request; empty where it was not sent, or could not be read."""

    method: str
    target: str
    version: str
    referer: str
    user_agent: str
    forwarded_for: str
    """All addresses, separated by commas."""
    request_id: str
    """As it was sent, by a proxy or by the client."""


UNREADABLE = RequestFields("", "", "", "", "", "", "")


def read_fields(data: bytes) -> RequestFields:
    """Return what is logged of a request, whose head this is. Of one that is malformed, nothing."""
    return _cached(data) if len(data) <= MAX_CACHED else _read(data)


def _read(data: bytes) -> RequestFields:
    match = match_head(data)
    if match is None:
        # What is no request may have a credential anywhere.
        return UNREADABLE
    method, target, minor, block = match.groups()
    fields: dict[str, str] = {}
    for found, value in _FIELDS.findall(block):
        name, text = found.lower().decode(), value.rstrip(b"\t ").decode("latin-1")
        fields[name] = f"{fields[name]},{text}" if name in fields else text
    return RequestFields(
        method.decode(),
        _without_credentials(target.decode("latin-1"))[:MAX_TARGET],
        f"HTTP/1.{minor.decode()}",
        _without_query(fields.get("referer", ""))[:MAX_FIELD],
        fields.get("user-agent", "")[:MAX_FIELD],
        fields.get("x-forwarded-for", ""),
        fields.get("x-request-id", ""),
    )


_cached = lru_cache(CACHED_HEADS)(_read)


def _without_credentials(target: str) -> str:
    """Return the path of a target, and of its query what is no credential."""
    path, question, query = _ABSOLUTE.sub("", target).partition("?")
    return path + question + "&".join(map(_hide, query.split("&"))) if query else path


def _hide(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    if name in SHOWN:
        return pair
    # The name itself may be what is secret, as in "?eyJ…".
    return f"{name}={HIDDEN}" if equals and name in NAMED else HIDDEN


def _without_query(url: str) -> str:
    """Return a URL without its query and fragment, and without a user and password."""
    return _USER.sub("//", re.split(r"[?#]", url, maxsplit=1)[0], count=1)
