"""The head of a plain GET: read here if it is beyond doubt, else left to the web server."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from me_api.transport.web.cacheable import CacheableRequest, CacheableResponse

MAX_HEAD = 4096
"""Bytes; a longer head goes the ordinary way."""
MAX_CACHED = 512
"""Blocks of headers remembered."""

_HEAD = re.compile(
    rb"GET (/[\w.~/-]*)(?:\?([\w.~=&:-]*))? HTTP/1\.1\r\n"
    rb"((?:[A-Za-z-]++:[ \t]*+[\x20-\x7e]*+\r\n)++)\r\n"
)
"""Possessive: it is never tried again with fewer blanks, which took 20 ms for a head of blanks."""
_HARMLESS = frozenset(
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
"""Headers that change nothing in an answer but what is done with them here or by the reader."""
_HARMLESS_PREFIX = "sec-"
_CLOSE = {"keep-alive": False, "close": True}


def parse_cacheable_get(head: bytes) -> CacheableRequest | None:
    """Read a head; None unless it is a GET that nothing but its path and query decides.

    Whatever is unusual goes the ordinary way: a header that comes twice or is not known here, a
    token, a body, an escape in the path, another version of HTTP.
    """
    found = None if len(head) > MAX_HEAD else _HEAD.fullmatch(head)
    if found is None:
        return None
    headers = _headers(found[3])
    if headers is None:
        return None
    close = _CLOSE[headers.get("connection", "keep-alive").lower()]
    return CacheableRequest(
        found[1].decode("ascii"), (found[2] or b"").decode("ascii"), headers, close
    )


@lru_cache(maxsize=MAX_CACHED)
def _headers(block: bytes) -> Mapping[str, str] | None:
    """Read headers; None where one is unusual. One client sends the same again and again."""
    headers: dict[str, str] = {}
    for line in block.decode("ascii").splitlines():
        name, _, value = line.partition(":")
        name = name.lower()
        if name in headers or not (name in _HARMLESS or name.startswith(_HARMLESS_PREFIX)):
            return None
        headers[name] = value.strip(" \t")
    known = headers.get("connection", "keep-alive").lower() in _CLOSE
    return headers if known and "host" in headers else None


@lru_cache
def status_line(status: int) -> bytes:
    """Begin an answer; its date comes next."""
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nDate: ".encode()


def encode_rest(reply: CacheableResponse, plain: CacheableRequest) -> bytes:
    """Write what follows the date."""
    lines = [f"{name}: {value}" for name, value in reply.headers]
    if "connection" in plain.headers:
        lines.append("Connection: close" if plain.close else "Connection: keep-alive")
    return "\r\n".join(["", *lines, "", ""]).encode("latin-1") + reply.body


def http_date() -> bytes:
    """Give the time of an answer."""
    return _date(int(time.time()))


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
