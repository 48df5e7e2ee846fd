"""Parsing the head of a cacheable GET, and encoding the head of its response.

A strict parser for the few forms of request that can be cached. Everything else is left to the web
server, so this must never accept what the server would refuse or understand differently.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from me_api.transport.web.cacheable import CacheableRequest, CacheableResponse

MAX_HEAD = 4096
"""Bytes; a request with a longer head is not cacheable."""
MAX_CACHED = 512
"""Blocks of headers whose parsed form is cached."""

# Possessive quantifiers prevent backtracking, which took 20 ms for a header of 4 KB of blanks.
_HEAD = re.compile(
    rb"GET (/[\w.~/-]*)(?:\?([\w.~=&:-]*))? HTTP/1\.1\r\n"
    rb"((?:[A-Za-z-]++:[ \t]*+[\x20-\x7e]*+\r\n)++)\r\n"
)
_KNOWN_HEADERS = frozenset(
    [
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "dnt",
        "host",
        "if-none-match",
        "origin",
        "pragma",
        "priority",
        "referer",
        "upgrade-insecure-requests",
        "user-agent",
    ]
)
"""Headers that do not affect the response, or only as this module and the handler implement it."""
_KNOWN_PREFIX = "sec-"
_CLOSE = {"keep-alive": False, "close": True}


def parse_cacheable_get(head: bytes) -> CacheableRequest | None:
    """Parse a request; return None unless it is a GET that may be cached.

    Not cacheable: a header that is repeated or not known here, such as a token; a body; a percent
    escape in the path; another version of HTTP; anything after the head.
    """
    match = None if len(head) > MAX_HEAD else _HEAD.fullmatch(head)
    if match is None:
        return None
    headers = _parse_headers(match[3])
    if headers is None:
        return None
    close = _CLOSE[headers.get("connection", "keep-alive").lower()]
    return CacheableRequest(
        match[1].decode("ascii"), (match[2] or b"").decode("ascii"), headers, close
    )


# Cached, since one client sends the same headers with each request.
@lru_cache(maxsize=MAX_CACHED)
def _parse_headers(block: bytes) -> Mapping[str, str] | None:
    """Parse headers by name in lower case; return None if one of them rules out caching."""
    headers: dict[str, str] = {}
    for line in block.decode("ascii").splitlines():
        name, _, value = line.partition(":")
        name = name.lower()
        if name in headers or not (name in _KNOWN_HEADERS or name.startswith(_KNOWN_PREFIX)):
            return None
        headers[name] = value.strip(" \t")
    known = headers.get("connection", "keep-alive").lower() in _CLOSE
    return headers if known and "host" in headers else None


@lru_cache
def status_line(status: int) -> bytes:
    """Return the beginning of a response, up to the value of its header `Date`."""
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nDate: ".encode()


def encode_rest(response: CacheableResponse, request: CacheableRequest) -> bytes:
    """Return what follows the date in a response."""
    lines = [f"{name}: {value}" for name, value in response.headers]
    if "connection" in request.headers:
        lines.append("Connection: close" if request.close else "Connection: keep-alive")
    return "\r\n".join(["", *lines, "", ""]).encode("latin-1") + response.body


def http_date() -> bytes:
    """Return the current time as a response's `Date` has it (RFC 9110, section 5.6.7)."""
    return _date(int(time.time()))


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
