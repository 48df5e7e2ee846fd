"""Refusing clients of other protocol versions with an error that also other origins can read."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from me_api.errors import BadRequest, envelope
from me_api.json import to_json

PROTOCOL = "4"


def is_unsupported(environ: dict[str, Any]) -> bool:
    """Return whether a request opens a session in another version than Engine.IO 4."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    opens = environ["REQUEST_METHOD"] == "GET" and "sid" not in query
    return opens and query.get("EIO") != [PROTOCOL]


def encode_refusal() -> bytes:
    """Return the body of the response, which names the supported versions."""
    detail = (
        "The client speaks an unsupported version of the Socket.IO protocol: here it is"
        " revision 5, that of socket.io-client 3 and 4 and of python-socketio 5."
    )
    return to_json(envelope(BadRequest(detail, code="unsupported_client")))
