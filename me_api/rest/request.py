"""Reading a request: its caller, its body, and how long its client waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from flask import Request, g, request
from pydantic import Field
from werkzeug.exceptions import RequestEntityTooLarge

from me_api.auth.identity import Identity, Secret, identify
from me_api.concurrency import ClientWait, Event
from me_api.errors import BadRequest, UnsupportedMediaType
from me_api.validation import Input, validate


def caller() -> Identity:
    """Tell who sent this request; a bad or expired token is an error even where none is needed."""
    if "identity" not in g:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = request.headers.get("x-access-token")
        if token is None and scheme.lower() == "bearer":
            token = bearer.strip()
        g.identity = identify(token, _guest_secret(request))
    identity: Identity = g.identity
    return identity


@dataclass(frozen=True, slots=True)
class _WaitWhileConnected:
    """So many seconds, but not longer than the client stays."""

    seconds: float

    def wait(self, flag: Event) -> None:
        """Sleep until the flag is set, the time is up or the client is gone."""
        watch = request.environ.get("me_api.hangup")
        if watch is None:
            flag.wait(self.seconds)
            return
        end = watch(flag.set)
        try:
            flag.wait(self.seconds)
        finally:
            end()


def wait_while_connected(seconds: float) -> ClientWait | None:
    """Say how long this request's client waits for something; None where it does not."""
    return _WaitWhileConnected(seconds) if seconds else None


def _guest_secret(request: Request) -> str | None:
    secret = request.headers.get("X-Guest")
    return None if secret is None else validate(_GuestHeader, {"X-Guest": secret}).secret


class _GuestHeader(Input):
    secret: Secret = Field(alias="X-Guest")


def read_body(request: Request) -> Any:
    """Read a JSON or form body; raises `BadRequest` for one that is neither."""
    data = request.get_data(cache=True)
    if len(data) >= (request.max_content_length or 0):
        # A body in chunks is cut at the bound, not refused.
        raise RequestEntityTooLarge
    try:
        if request.is_json:
            return orjson.loads(data) if data else {}
        if request.mimetype == "application/x-www-form-urlencoded":
            return dict(parse_qsl(data.decode(), keep_blank_values=True, errors="strict"))
        if request.mimetype == "multipart/form-data":
            return request.form.to_dict()
    except ValueError as error:
        raise BadRequest(f"The body cannot be read: {error}.", code="bad_body") from None
    if data:
        raise UnsupportedMediaType("Send JSON (Content-Type: application/json) or a form.")
    return {}
