"""Cacheable requests and their responses, as the web server and the REST package exchange them.

A GET is cacheable if it has no token, no body and nothing else that the response could vary by:
the same bytes get the same response until something is committed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from me_api.transport.web.request_head import RequestHead

_PATH = re.compile(r"/[\w.~/-]*", re.ASCII)
_QUERY = re.compile(r"[\w.~=&:-]*", re.ASCII)
_KNOWN_FIELDS = frozenset(
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
"""Fields that do not affect the response, or only as the handler implements it."""
_KNOWN_PREFIX = "sec-"
_CONNECTION = ("", "close", "keep-alive")


@dataclass(frozen=True, slots=True)
class CacheableRequest:
    """A GET whose response may be cached."""

    path: str
    query: str
    headers: Mapping[str, str]
    """By name in lower case."""


@dataclass(frozen=True, slots=True)
class CacheableResponse:
    """A response whose date, and header `Connection`, the web server adds."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class CacheableHandler(Protocol):
    """Responds to cacheable requests without the WSGI application."""

    def handle(self, request: CacheableRequest) -> CacheableResponse | None:
        """Return the response, or None if the WSGI application is to handle the request."""


def parse_cacheable(head: RequestHead) -> CacheableRequest | None:
    """Return a request if it is a GET that may be cached, None if it is any other.

    Not cacheable: a field that is repeated or not known here, such as a token; a body; an escape
    in the target; HTTP/1.0, whose connections end in another way.
    """
    if head.method != "GET" or head.version != "HTTP/1.1":
        return None
    if not (_PATH.fullmatch(head.path) and _QUERY.fullmatch(head.query)):
        return None
    headers = dict(head.fields)
    if len(headers) < len(head.fields) or not all(map(_is_known, headers)):
        return None
    if headers.get("connection", "").lower() not in _CONNECTION:
        return None
    return CacheableRequest(head.path, head.query, headers)


def _is_known(field: str) -> bool:
    return field in _KNOWN_FIELDS or field.startswith(_KNOWN_PREFIX)
