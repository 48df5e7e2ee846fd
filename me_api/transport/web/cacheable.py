"""Cacheable requests and their responses, as the web server and the REST package exchange them.

The response to a cacheable GET depends on what is committed and on the few parts of the request
that a `CacheableRequest` has. All other fields, such as those of browsers and proxies, are ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import NamedTuple, Protocol

from me_api.transport.web.request_head import MAX_FIELDS, is_host, match_head

_TARGET = re.compile(rb"(/[\w.~/-]*+)(?:\?([\w.~=&:-]*+))?", re.ASCII)
_DECIDING = re.compile(
    rb"\n(host|connection|origin|if-none-match|authorization|x-access-token|x-guest|x-rev"
    # A client that sends these does not ask for the whole response, or has more to send.
    rb"|(content-length|transfer-encoding|expect|upgrade|trailer|range|if-range|if-match"
    rb"|if-modified-since|if-unmodified-since)):[\t ]*+([^\r]*)",
    re.IGNORECASE,
)
"""The fields that have an effect. It is for heads that the grammar has accepted."""
_CONNECTION = ("", "close", "keep-alive")
_CACHED_BLOCKS = 1024
_MAX_CACHED_BLOCK = 1024
"""Bytes."""


class CacheableRequest(NamedTuple):
    """A GET whose response may be cached. A field that was not sent is empty."""

    path: str
    query: str
    connection: str
    origin: str
    if_none_match: str
    x_rev: str
    authorization: str
    x_access_token: str
    x_guest: str

    @property
    def has_credentials(self) -> bool:
        """Whether the caller identifies itself."""
        return bool(self.authorization or self.x_access_token or self.x_guest)


@dataclass(slots=True)
class CacheableResponse:
    """A response whose date, and header `Connection`, the web server adds."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    expires: float = inf
    """Until when it may be sent, in seconds since 1970: that of the caller's token."""
    user: str = ""
    """The nick of the caller, if that is a registered user; for the access log."""


class CacheableHandler(Protocol):
    """Responds to cacheable requests without the WSGI application."""

    @property
    def never_waits(self) -> bool:
        """Whether `handle` may be called in the hub."""

    def handles(self, path: str) -> bool:
        """Return whether the responses to requests for this path are cacheable."""

    def handle(self, request: CacheableRequest) -> CacheableResponse | None:
        """Return the response, or None if the WSGI application is to handle the request."""


def parse_cacheable(data: bytes) -> CacheableRequest | None:
    """Return a request if its head is that of a GET that may be cached, None if it is any other.

    Not cacheable: a body; a field with an effect that is sent twice, or empty; an escape in the
    target; HTTP/1.0, whose connections end in another way. A head that is malformed is not, either.
    """
    if not data.startswith(b"GET ") or (head := match_head(data)) is None:
        return None
    _, target, minor, block = head.groups()
    parts = _TARGET.fullmatch(target)
    if parts is None or minor != b"1":
        return None
    fields = (_cached_fields if len(block) <= _MAX_CACHED_BLOCK else _parse_fields)(block)
    if fields is None:
        return None
    return CacheableRequest(parts[1].decode(), (parts[2] or b"").decode(), *fields)


def _parse_fields(block: bytes) -> tuple[str, ...] | None:
    """Return the fields of a `CacheableRequest`, None for a request that is not cacheable."""
    if block.count(b"\r\n") > MAX_FIELDS:
        return None
    fields = {"host": "", **dict.fromkeys(CacheableRequest._fields[2:], "")}
    for field, excluded, value in _DECIDING.findall(b"\n" + block):
        name = field.lower().decode().replace("-", "_")
        if excluded or fields[name]:
            return None
        fields[name] = value.rstrip(b"\t ").decode("latin-1")
        if not fields[name]:
            return None
    host = fields.pop("host")
    fields["connection"] = fields["connection"].lower()
    if not (host and is_host(host) and fields["connection"] in _CONNECTION):
        return None
    return tuple(fields.values())


# A client sends the same fields with each request.
_cached_fields = lru_cache(_CACHED_BLOCKS)(_parse_fields)
