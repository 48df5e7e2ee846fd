"""How a route is declared: what it takes, answers and refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from flask import Response, jsonify, request
from werkzeug.wrappers import Response as WerkzeugResponse

from me_api.errors import ApiError, Unauthorized
from me_api.rate_limits import rate_limiter
from me_api.rest.request import caller, read_body
from me_api.validation import Input, validate

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a route takes and gives; the OpenAPI description is made of it."""

    query: type[Input] | None
    body: type[Input] | None
    responses: Mapping[int, Any]
    failures: tuple[type[ApiError], ...]
    token: bool
    limit: str | None
    cacheable: Callable[..., CacheableResult] | None


@dataclass(frozen=True, slots=True)
class CacheableResult:
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
    responses: Mapping[int, Any],
    failures: tuple[type[ApiError], ...] = (),
    token: bool = False,
    limit: str | None = None,
    cacheable: bool = False,
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
                rate_limiter.check(limit, request.remote_addr or "")
            if token and caller().user is None:
                raise Unauthorized("A token is needed: log in, and send it as x-access-token.")
            if query is not None:
                arguments["query"] = validate(query, request.args.to_dict())
            if body is not None:
                arguments["body"] = validate(body, read_body(request))
            if cacheable:
                return _respond(view(**arguments, identity=caller()), 304 in responses)
            return view(**arguments)

        declared = Endpoint(
            query, body, responses, failures, token, limit, view if cacheable else None
        )
        call.endpoint = declared  # type: ignore[attr-defined]
        return call  # type: ignore[return-value]

    return declare


def _respond(reading: CacheableResult, tagged: bool) -> WerkzeugResponse:
    response = jsonify(reading.data)
    response.headers.extend(reading.headers)
    return make_conditional(response) if tagged else response


def make_conditional(response: Response) -> WerkzeugResponse:
    """Give an answer its ETag, and send 304 to who has it already."""
    response.add_etag()
    return response.make_conditional(request)
