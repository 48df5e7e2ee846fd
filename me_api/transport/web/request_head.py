"""Parsing the head of a request: one strict grammar for all requests (RFC 9112, sections 2 to 3).

What the grammar does not allow is refused, not repaired. A proxy may repair it in another way, and
would then disagree with this server about where a request ends (request smuggling).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from me_api.errors import BadRequest, MethodNotAllowed, RequestHeaderFieldsTooLarge
from me_api.transport.web.head_faults import (
    MAX_REQUEST_LINE,
    TARGET,
    TOKEN,
    check_beginning,
    find_fault,
)

MAX_HEAD = 16_384
"""Bytes of the request line and the header fields."""
MAX_FIELDS = 100
MAX_CACHED = 1024
"""Bytes of a block of fields that is kept in parsed form."""
CACHED_BLOCKS = 512
Fields = tuple[tuple[str, str], ...]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# Possessive quantifiers prevent backtracking.
_FIELD = rb"%s:[\t\x20-\x7e\x80-\xff]*+\r\n" % TOKEN
_HEAD = re.compile(rb"(%s) (%s) HTTP/1\.([01])\r\n((?:%s)*+)\r\n" % (TOKEN, TARGET, _FIELD))
_METHOD = re.compile(r"[A-Z-]++")
_EMPTY_LINES = re.compile(rb"(?:\r\n)*+")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]++]|(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*+)(?::\d*+)?")
"""uri-host and port (RFC 9110, section 7.2)."""


@dataclass(slots=True)
class RequestHead:
    """The head of a request."""

    method: str
    path: str
    """As it was sent, with its escapes; `*` with OPTIONS for the server itself."""
    query: str
    version: str
    """HTTP/1.0 or HTTP/1.1."""
    fields: Fields
    """The names in lower case, and the values, each as often as it was sent."""
    by_name: Mapping[str, str] | None
    """The same by name; None if a field was sent more than once."""

    def values(self, name: str) -> list[str]:
        """Return the values of all fields of a name."""
        if self.by_name is not None:
            return [self.by_name[name]] if name in self.by_name else []
        return [value for field, value in self.fields if field == name]

    def tokens(self, name: str) -> list[str]:
        """Return the members of a field that is a list of tokens, in lower case."""
        members = ",".join(self.values(name)).lower().split(",")
        return [member.strip(" \t") for member in members]

    @property
    def keep_alive(self) -> bool:
        """Whether the client expects the connection to stay open (RFC 9112, section 9.3)."""
        if self.by_name is not None and "connection" not in self.by_name:
            return self.version == "HTTP/1.1"
        options = self.tokens("connection")
        if "close" in options:
            return False
        return self.version == "HTTP/1.1" or "keep-alive" in options


def skip_empty_lines(data: bytes) -> bytes:
    """Return what follows the empty lines that a client may send before a request (2.2)."""
    match = _EMPTY_LINES.match(data)
    assert match is not None
    return data[match.end() :]


def head_length(data: bytes) -> int:
    """Return the length of the head that the data begins with, or 0 if it is incomplete.

    Raises `ApiError` as soon as it cannot become a valid head any more.
    """
    end = data.find(b"\r\n\r\n", 0, MAX_HEAD)
    if end >= 0:
        return end + 4
    check_beginning(data[:MAX_HEAD])
    if len(data) >= MAX_HEAD:
        raise RequestHeaderFieldsTooLarge(f"The head is longer than {MAX_HEAD} bytes.")
    return 0


def match_head(data: bytes) -> re.Match[bytes] | None:
    """Match a head with the grammar: method, target, minor version, and the lines of its fields."""
    match = _HEAD.fullmatch(data)
    # The first line alone may be too long.
    return None if match is None or match.end(2) > MAX_REQUEST_LINE - 9 else match


def parse_request_head(data: bytes) -> RequestHead:
    """Parse a head, from its request line to its empty line; raise `ApiError` if it is invalid."""
    match = match_head(data)
    if match is None:
        raise find_fault(data)
    method, target, minor, block = match.groups()
    # A handshake has a Sec-WebSocket-Key that is used once.
    cached = len(block) <= MAX_CACHED and b"ocket" not in block
    fields, by_name = (_cached_fields if cached else _parse_fields)(block)
    head = RequestHead(method.decode(), "", "", f"HTTP/1.{minor.decode()}", fields, by_name)
    _check_method(head.method)
    authority = _parse_target(head, target.decode("latin-1"))
    _check_host(head, authority)
    return head


def _parse_fields(block: bytes) -> tuple[Fields, Mapping[str, str] | None]:
    lines = block.decode("latin-1").split("\r\n")[:-1]
    if len(lines) > MAX_FIELDS:
        raise RequestHeaderFieldsTooLarge(f"The head has more than {MAX_FIELDS} fields.")
    pairs = (line.partition(":") for line in lines)
    fields = tuple([(name.lower(), value.strip(" \t")) for name, _, value in pairs])
    return fields, _by_name(fields)


def _by_name(fields: Fields) -> Mapping[str, str] | None:
    by_name = dict(fields)
    return by_name if len(by_name) == len(fields) else None


# A client sends the same fields with each request.
_cached_fields = lru_cache(CACHED_BLOCKS)(_parse_fields)


def _check_method(method: str) -> None:
    # Methods are case-sensitive (RFC 9110, section 9.1), but Werkzeug would accept "get".
    if _METHOD.fullmatch(method) is None:
        allowed = ", ".join(METHODS)
        raise MethodNotAllowed(f"There is no method {method}, but {allowed}.", allowed=METHODS)


def _parse_target(head: RequestHead, target: str) -> str | None:
    """Set path and query; return the authority of a target in absolute form (section 3.2)."""
    authority = None
    if target[:7].lower() == "http://" or target[:8].lower() == "https://":
        try:
            parts = urlsplit(target)
        except ValueError as error:
            raise BadRequest(f"The target of the request is invalid: {error}.") from None
        authority = parts.netloc
        # RFC 9110, section 4.2.1; only the field Host may be empty.
        if not parts.hostname:
            raise BadRequest("The target of the request has no host.")
        target = target[len(parts.scheme) + 3 + len(authority) :]
        target = target if target[:1] == "/" else f"/{target}"
    if target[:1] != "/" and (target, head.method) != ("*", "OPTIONS"):
        raise BadRequest("The target of a request is a path that begins with a slash.")
    head.path, _, head.query = target.partition("?")
    return authority


def _check_host(head: RequestHead, authority: str | None) -> None:
    """Raise if Host is not there exactly once, and valid (section 3.2)."""
    hosts = head.values("host")
    if len(hosts) > 1 or (not hosts and head.version == "HTTP/1.1"):
        raise BadRequest("A request has one field Host.")
    if not all(map(is_host, [*hosts, authority or ""])):
        raise BadRequest("Host is not a host with or without a port.")
    if authority is not None:
        # It replaces Host (section 3.2.2).
        others = [(name, value) for name, value in head.fields if name != "host"]
        head.fields = (*others, ("host", authority))
        head.by_name = _by_name(head.fields)


def is_host(value: str) -> bool:
    """Return whether a value is a host with or without a port, or empty (RFC 9110, 7.2)."""
    return _HOST.fullmatch(value) is not None
