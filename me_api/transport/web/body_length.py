"""Message body length (RFC 9112, section 6.3): requests whose body ends ambiguously are refused.

If a proxy in front of the server disagreed about the end, the rest of one client's body would be
processed as the next request on a shared connection, another client's (request smuggling).
"""

from __future__ import annotations

from email.message import Message

from me_api.errors import BadRequest, envelope
from me_api.json import to_json


def find_fault(headers: Message) -> str | None:
    """Return why the length of the body is ambiguous, or None if it is not."""
    codings = [value.strip().lower() for value in headers.get_all("Transfer-Encoding", [])]
    lengths = {value.strip() for value in headers.get_all("Content-Length", [])}
    # eventlet's checks are not enough. It uses the first of several Content-Lengths, accepts what
    # Python's int() does ("+0", "0_0"), and reads no body where the coding is not just "chunked".
    if codings not in ([], ["chunked"]):
        return "The only Transfer-Encoding that is read here is chunked."
    if codings and lengths:
        return "Content-Length and Transfer-Encoding exclude each other."
    if len(lengths) > 1 or not all(value.isascii() and value.isdigit() for value in lengths):
        return "Content-Length has to be one number."
    return None


def encode_bad_request(detail: str) -> bytes:
    """Encode a response of status 400, after which the connection is closed."""
    body = to_json(envelope(BadRequest(detail, code="bad_framing")))
    lines = [
        "HTTP/1.1 400 Bad Request",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
