"""Message body length (RFC 9112, section 6): requests whose body ends ambiguously are refused.

If a proxy in front of the server disagreed about the end, the rest of one client's body would be
processed as the next request on a shared connection, another client's (request smuggling).
"""

from __future__ import annotations

import re

from me_api.errors import BadRequest
from me_api.transport.web.request_head import RequestHead

# More digits than any body has bytes; int() takes time that is quadratic in their number.
_LENGTH = re.compile(r"[0-9]{1,18}")


def body_length(head: RequestHead) -> int | None:
    """Return the bytes of a request's body, or None if it is chunked.

    Raises `BadRequest` if the length is ambiguous.
    """
    codings, lengths = head.values("transfer-encoding"), set(head.values("content-length"))
    if codings:
        if [coding.lower() for coding in codings] != ["chunked"]:
            raise bad_framing("The only Transfer-Encoding that is read here is chunked.")
        if lengths:
            raise bad_framing("Content-Length and Transfer-Encoding exclude each other.")
        if head.version == "HTTP/1.0":
            raise bad_framing("HTTP/1.0 has no Transfer-Encoding.")
        return None
    if not lengths:
        return 0
    # The same value several times is one length (section 6.3).
    if len(lengths) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
        raise bad_framing("Content-Length has to be one number.")
    return int(lengths.pop())


def bad_framing(detail: str) -> BadRequest:
    """Return the error after which a connection cannot be used any more."""
    return BadRequest(detail, code="bad_framing")
