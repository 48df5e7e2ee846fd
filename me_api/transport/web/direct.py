"""Direct requests: those that are answered without the WSGI application and its environment.

Their bodies are read whole, and their header fields are sent once each. What is unusual in any
other way is left to the application.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from me_api.errors import ApiError
from me_api.transport.web.cacheable import CacheableHandler, CacheableResponse
from me_api.transport.web.request_head import RequestHead

_PATH = re.compile(r"/[\w.~/-]*+", re.ASCII)
_LENGTH = re.compile(r"\d{1,9}", re.ASCII)
_UNUSUAL = frozenset(
    (
        "content-encoding",
        "expect",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "range",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-rev",
    )
)


class DirectRequest(NamedTuple):
    """A request with its whole body. The headers are those sent, by name in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    client: str
    """The address of the connection."""
    body: bytes | ApiError
    """The error is raised when the body is read: it was malformed, incomplete or too slow."""


class DirectHandler(CacheableHandler, Protocol):
    """Responds to cacheable and to direct requests.

    A direct GET waits where a cacheable does, and those for a path that `may_wait`.
    """

    @property
    def max_body(self) -> int:
        """The bytes of the longest body."""

    def accepts(self, method: str, path: str) -> bool:
        """Return whether requests of a method for a path are answered directly."""

    def may_wait(self, path: str) -> bool:
        """Return whether a GET for a path may wait, if it is accepted."""

    def respond(self, request: DirectRequest) -> CacheableResponse:
        """Return the response. May block."""


def direct_headers(head: RequestHead, max_body: int) -> Mapping[str, str] | None:
    """Return the header fields of a direct request, None for any other."""
    headers = head.by_name
    if headers is None or not _UNUSUAL.isdisjoint(headers):
        return None
    # WSGI could not tell "X_Forwarded_For" from the field that a proxy sets.
    if "_" in "".join(headers):
        return None
    if _PATH.fullmatch(head.path) is None:
        return None
    length = headers.get("content-length", "0")
    if _LENGTH.fullmatch(length) is None or int(length) > max_body:
        return None
    # A form with files is parsed by the application.
    return None if headers.get("content-type", "").lower().startswith("multipart/") else headers
