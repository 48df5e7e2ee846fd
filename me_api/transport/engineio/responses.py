"""The responses of the Engine.IO server to HTTP requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from me_api.errors import ApiError, envelope
from me_api.json import to_json
from me_api.transport.engineio.http import HttpSession
from me_api.transport.websocket.handshake import VERSION


@dataclass(frozen=True, slots=True)
class Response:
    """A response as WSGI takes it, without the headers of CORS."""

    status: str
    headers: list[tuple[str, str]]
    body: Iterable[bytes]


def respond_ok() -> Response:
    """Return the response to a POST, or to a preflight request."""
    return Response("200 OK", [("Content-Type", "text/plain")], [b"ok"])


def respond_payload(payload: bytes, session: HttpSession) -> Response:
    """Return the response to a poll; it closes the session if it cannot be sent."""
    headers = [
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Length", str(len(payload))),
    ]
    return Response("200 OK", headers, session.deliver(payload))


def respond_error(error: ApiError) -> Response:
    """Return the response for an error, in the envelope."""
    headers = [("Content-Type", "application/json")]
    if error.status == HTTPStatus.UPGRADE_REQUIRED:
        # RFC 9110, section 15.5.22, and RFC 6455, section 4.4.
        headers += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", VERSION)]
    if wait := error.extra.get("retry_after"):
        headers.append(("Retry-After", str(wait)))
    return Response(
        f"{int(error.status)} {error.status.phrase}", headers, [to_json(envelope(error))]
    )
