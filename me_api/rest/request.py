"""Reading a request: its caller, its body, and how long its client waits for a response."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import Any

import orjson
from flask import g, request
from pydantic import Field
from werkzeug.exceptions import RequestEntityTooLarge

from me_api.auth.identity import Identity, Secret, identify
from me_api.concurrency import ClientWait, Event
from me_api.errors import BadRequest, UnsupportedMediaType
from me_api.rest.direct_request import direct_request
from me_api.rest.form import parse_form
from me_api.transport.connection.addresses import network
from me_api.validation import Input, validate


def current_request() -> Any:
    """Return the request of the view that runs: Flask's, or a `ViewRequest` without Flask."""
    return direct_request.get() or request


def caller() -> Identity:
    """Return the identity of the current request's caller, which is looked up once.

    Raises `Unauthorized` for an invalid or expired token, even if the route needs none.
    """
    direct = direct_request.get()
    identity: Identity | None
    if direct is not None:
        identity = direct.identity
        if identity is None:
            identity = direct.identity = identify_by_headers(*direct.credentials, direct.network)
        return identity
    identity = getattr(g, "identity", None)
    if identity is None:
        identity = g.identity = caller_later()()
        record_identity(identity)
    return identity


def receive_body() -> None:
    """Receive the whole body, after which the caller is looked up again.

    A client may send it slowly, and its user may be signed out or disabled meanwhile.
    """
    if direct_request.get() is None:
        request.get_data(cache=True)
        g.identity = None


def record_identity(identity: Identity) -> None:
    """Note for the access log who has sent Flask's current request."""
    # Only our own server sets this; Flask's test client does not.
    if (note := request.environ.get("me_api.identified")) is not None:
        note(nick_of(identity))


def nick_of(identity: Identity) -> str:
    """Return the nick of a registered user, for the access log; of anybody else an empty text."""
    return "" if identity.user is None else identity.user.nick


def caller_later() -> Callable[[], Identity]:
    """Return a function that looks up the caller of the current request, also when it has ended.

    For responses that take long: the caller's token may end meanwhile.
    """
    headers = current_request().headers
    return partial(
        identify_by_headers,
        headers.get("Authorization", ""),
        headers.get("x-access-token"),
        headers.get("X-Guest"),
        client_network(),
    )


def client_network() -> str:
    """Return the `network` of the current request's client."""
    direct = direct_request.get()
    return network(request.remote_addr) if direct is None else direct.network


def as_network(address: str) -> str:
    """Return what counts as one address: of IPv6 the /64; an empty text for what is no address."""
    try:
        ip_address(address)
    except ValueError:
        return ""
    return network(address)


def identify_by_headers(
    authorization: str, token: str | None, guest: str | None, address: str = ""
) -> Identity:
    """Return the identity that the headers Authorization, x-access-token and X-Guest show.

    Raises `Unauthorized` for an invalid or expired token, and `Invalid` for a malformed secret.
    """
    if token is None and authorization:
        scheme, _, bearer = authorization.partition(" ")
        if scheme.lower() == "bearer":
            token = bearer.strip()
    secret = None if guest is None else validate(_GuestHeader, {"X-Guest": guest}).secret
    return identify(token, secret, address)


@dataclass(frozen=True, slots=True)
class _WaitWhileConnected:
    """A wait that ends after some seconds, or when the client disconnects."""

    seconds: float

    def wait(self, event: Event) -> None:
        """Wait until the event is set, the time is up, or the client has disconnected."""
        # Only our own server sets this; Flask's test client does not.
        watch_disconnect = request.environ.get("me_api.watch_disconnect")
        if watch_disconnect is None:
            event.wait(self.seconds)
            return
        stop_watching = watch_disconnect(event.set)
        try:
            event.wait(self.seconds)
        finally:
            stop_watching()


def wait_while_connected(seconds: float) -> ClientWait | None:
    """Return the wait of the current request; None for 0 seconds, which means not to wait."""
    return _WaitWhileConnected(seconds) if seconds else None


class _GuestHeader(Input):
    secret: Secret = Field(alias="X-Guest")


def read_body() -> Any:
    """Read the JSON or form body of the current request, which is parsed once.

    Raises `BadRequest` if it cannot be parsed, and `UnsupportedMediaType` if it is neither.
    """
    # The rate limits read it for the nick, and then the view.
    request = current_request()
    parsed = getattr(request, "parsed_body", None)
    if parsed is None:
        parsed = request.parsed_body = _parse_body(request)
    return parsed


def _parse_body(request: Any) -> Any:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    data = request.get_data(cache=True)
    if len(data) >= (request.max_content_length or 0):
        # Werkzeug refuses a Content-Length over the limit, but truncates a chunked body at it.
        raise RequestEntityTooLarge
    # RFC 8259, section 8.1, allows to ignore it, and PowerShell sends it.
    data = data.removeprefix(BOM_UTF8)
    try:
        if request.is_json:
            return orjson.loads(data) if data else {}
        if request.mimetype == "application/x-www-form-urlencoded":
            return parse_form(data)
        if request.mimetype == "multipart/form-data":
            return request.form.to_dict()
    except ValueError as error:
        raise BadRequest(f"The body cannot be read: {error}.", code="bad_body") from None
    if data:
        raise UnsupportedMediaType("Send JSON (Content-Type: application/json) or a form.")
    return {}
