"""Where the body of a request ends, beyond doubt (RFC 9112, section 6.3).

A proxy in front that reads it otherwise would take the rest of one client's body for another's
request.
"""

from __future__ import annotations

from email.message import Message

from me_api.errors import BadRequest, envelope
from me_api.json import to_json


def find_fault(headers: Message) -> str | None:
    """Say why it is in doubt; None where it is not."""
    codings = [value.strip().lower() for value in headers.get_all("Transfer-Encoding", [])]
    lengths = {value.strip() for value in headers.get_all("Content-Length", [])}
    if codings not in ([], ["chunked"]):
        return "The only Transfer-Encoding that is read here is chunked."
    if codings and lengths:
        return "Content-Length and Transfer-Encoding exclude each other."
    if len(lengths) > 1 or not all(value.isascii() and value.isdigit() for value in lengths):
        return "Content-Length has to be one number."
    return None


def encode_refusal(detail: str) -> bytes:
    """Write the answer; nothing more is read from this connection."""
    body = to_json(envelope(BadRequest(detail, code="bad_framing")))
    lines = [
        "HTTP/1.1 400 Bad Request",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
