"""The responses of the Engine.IO server to HTTP requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from me_api.errors import ApiError, envelope
from me_api.json import to_json
from me_api.transport.engineio.http import HttpSession

PROTECTION = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
"""Headers of every response: it is for one session only, and what clients write is no HTML."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response as WSGI takes it, without those headers that all responses have."""

    status: str
    headers: list[tuple[str, str]]
    body: Iterable[bytes]


def respond_ok() -> HttpResponse:
    """Return the response to a POST, or to a preflight request."""
    return HttpResponse("200 OK", [("Content-Type", "text/plain")], [b"ok"])


def respond_payload(
    payload: bytes, session: HttpSession, extra: list[tuple[str, str]]
) -> HttpResponse:
    """Return the response to a poll; it closes the session if it cannot be sent."""
    headers = [
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Length", str(len(payload))),
        *extra,
    ]
    return HttpResponse("200 OK", headers, session.deliver(payload))


def respond_error(error: ApiError) -> HttpResponse:
    """Return the response for an error, in the envelope."""
    headers = [("Content-Type", "application/json"), *error.headers.items()]
    status = f"{int(error.status)} {error.status.phrase}"
    return HttpResponse(status, headers, [to_json(envelope(error))])
