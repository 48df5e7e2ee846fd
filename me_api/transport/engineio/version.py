"""Clients of an older generation: they cannot connect, but are told so, also across origins."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from me_api.errors import BadRequest, envelope
from me_api.json import to_json


def is_unsupported(environ: dict[str, Any]) -> bool:
    """Tell whether a request begins a session in another protocol than Engine.IO 4."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    begins = environ["REQUEST_METHOD"] == "GET" and "sid" not in query
    return begins and query.get("EIO") != ["4"]


def refusal() -> bytes:
    """Say what to use instead."""
    detail = (
        "The client speaks an unsupported version of the Socket.IO protocol: here it is"
        " revision 5, that of socket.io-client 3 and 4 and of python-socketio 5."
    )
    return to_json(envelope(BadRequest(detail, code="unsupported_client")))
