"""The REST door: identity, validation, and every error in the one envelope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import orjson
from flask import Flask, Request, Response, current_app, g, jsonify, request
from flask.json.provider import JSONProvider
from pydantic import BaseModel, Field
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from me_api import errors
from me_api.errors import ApiError, BadRequest, Unauthorized, UnsupportedMediaType, envelope
from me_api.identity import Identity, Secret, identify
from me_api.limits import limits
from me_api.log.storage import unexpected
from me_api.schema import Input, parse

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


def endpoint(
    *,
    query: type[Input] | None = None,
    body: type[Input] | None = None,
    answers: Mapping[int, Any],
    failures: tuple[type[ApiError], ...] = (),
    token: bool = False,
    limit: str | None = None,
) -> Callable[[View], View]:
    """Declare a route: its input arrives checked as `query` and `body`, its errors are listed.

    With `token` only registered users get in; `limit` names a rule of `me_api.limits`.
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
            return view(**arguments)

        declared = Endpoint(query, body, answers, failures, token, limit)
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


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson: quick, exact UTF-8, and safe against deep nesting."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write JSON."""
        return orjson.dumps(obj, default=_plain).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with JSON and a newline, which is kind to terminals."""
        body = orjson.dumps(args[0] if args else kwargs, default=_plain)
        return current_app.response_class(body + b"\n", mimetype="application/json")


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value)} has no JSON form")


def conditional(response: Response) -> WerkzeugResponse:
    """Give an answer its ETag, and send 304 to who has it already."""
    response.add_etag()
    return response.make_conditional(request)


def init_app(app: Flask) -> None:
    """Let every error of every route leave in the one envelope."""
    app.json = OrjsonProvider(app)
    app.register_error_handler(ApiError, _answer_error)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unexpected)


def _answer_error(error: ApiError) -> Response:
    response = jsonify(envelope(error))
    response.status_code = error.status
    if "retry_after" in error.extra:
        response.headers["Retry-After"] = str(error.extra["retry_after"])
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _answer_http(error: HTTPException) -> Response:
    """Put what Flask itself refuses into the envelope, with the headers it asks for."""
    status = error.code or 500
    code = error.name.lower().replace(" ", "_")
    response = jsonify({"errors": [errors.describe(status, code, error.description or error.name)]})
    response.status_code = status
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _answer_unexpected(error: Exception) -> Response:
    return _answer_error(unexpected(error))
