"""The REST door: what a route declares, who asks, and what was sent, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import orjson
from flask import Request, Response, g, jsonify, request
from pydantic import Field
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from me_api.auth.identity import Identity, Secret, identify
from me_api.concurrency import Flag, Patience
from me_api.errors import ApiError, BadRequest, Unauthorized, UnsupportedMediaType
from me_api.rate_limits import limits
from me_api.validation import Input, parse

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a route takes and gives; the OpenAPI description is made of it."""

    query: type[Input] | None
    body: type[Input] | None
    answers: Mapping[int, Any]
    failures: tuple[type[ApiError], ...]
    token: bool
    limit: str | None
    public: Callable[..., Reading] | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a public route gives: JSON, and the pages beside it by their relation."""

    data: Any
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Name the pages beside this one."""
        return [("Link", f'<{url}>; rel="{relation}"') for relation, url in self.links.items()]


def endpoint(
    *,
    query: type[Input] | None = None,
    body: type[Input] | None = None,
    answers: Mapping[int, Any],
    failures: tuple[type[ApiError], ...] = (),
    token: bool = False,
    limit: str | None = None,
    public: bool = False,
) -> Callable[[View], View]:
    """Declare a route: its input arrives checked as `query` and `body`, its errors are listed.

    With `token` only registered users get in; `limit` names a rule of `me_api.rate_limits`. A
    `public` one gives a `Reading` that depends on nothing but its arguments, who asks (`identity`)
    and what is committed: what it gives to anybody may be kept, and it runs without a request then.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def call(**arguments: Any) -> Any:
            if limit is not None:
                limits.check(limit, request.remote_addr or "")
            if token and caller().user is None:
                raise Unauthorized("A token is needed: log in, and send it as x-access-token.")
            if query is not None:
                arguments["query"] = parse(query, request.args.to_dict())
            if body is not None:
                arguments["body"] = parse(body, payload(request))
            if public:
                return _show(view(**arguments, identity=caller()), 304 in answers)
            return view(**arguments)

        declared = Endpoint(query, body, answers, failures, token, limit, view if public else None)
        call.endpoint = declared  # type: ignore[attr-defined]
        return call  # type: ignore[return-value]

    return declare


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
class _Wait:
    """So many seconds, but not longer than the client stays."""

    seconds: float

    def wait(self, flag: Flag) -> None:
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


def patience(seconds: float) -> Patience | None:
    """Say how long this request's client waits for something; None where it does not."""
    return _Wait(seconds) if seconds else None


def _guest_secret(request: Request) -> str | None:
    secret = request.headers.get("X-Guest")
    return None if secret is None else parse(_GuestHeader, {"X-Guest": secret}).secret


class _GuestHeader(Input):
    secret: Secret = Field(alias="X-Guest")


def payload(request: Request) -> Any:
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


def _show(reading: Reading, tagged: bool) -> WerkzeugResponse:
    response = jsonify(reading.data)
    response.headers.extend(reading.headers)
    return conditional(response) if tagged else response


def conditional(response: Response) -> WerkzeugResponse:
    """Give an answer its ETag, and send 304 to who has it already."""
    response.add_etag()
    return response.make_conditional(request)
