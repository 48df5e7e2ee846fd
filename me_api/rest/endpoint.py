"""The decorator `@endpoint`, which declares the input, responses and errors of a route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal, TypeVar

from flask import Response, jsonify, request
from werkzeug.wrappers import Response as WerkzeugResponse

from me_api.auth.scope import Action
from me_api.errors import ApiError, Unauthorized
from me_api.rate_limits import RATE_LIMITS
from me_api.rest.limits import check_limit, limited_failures
from me_api.rest.request import caller, current_request, read_body, receive_body
from me_api.validation import Input, validate

View = TypeVar("View", bound=Callable[..., Any])
Direct = Literal["", "at once", "may wait"]
"""Whether a view needs no Flask request, and whether it may wait then."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The declaration of a route, from which the OpenAPI document is generated."""

    query: type[Input] | None
    body: type[Input] | None
    responses: Mapping[int, Any]
    failures: tuple[type[ApiError], ...]
    token: bool
    action: Action | None
    limit: str | None
    cacheable: Callable[..., CacheableResult] | None
    direct: Direct


@dataclass(frozen=True, slots=True)
class CacheableResult:
    """The result of a cacheable route: JSON, and links to other pages by their relation."""

    data: Any
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The links as a `Link` header (RFC 8288)."""
        return [("Link", f'<{url}>; rel="{relation}"') for relation, url in self.links.items()]


def endpoint(
    *,
    query: type[Input] | None = None,
    body: type[Input] | None = None,
    responses: Mapping[int, Any],
    failures: tuple[type[ApiError], ...] = (),
    token: bool = False,
    action: Action | None = None,
    limit: str | None = None,
    failure_limit: str | None = None,
    cacheable: bool = False,
    direct: Direct = "",
) -> Callable[[View], View]:
    """Declare a route: what it takes, returns and raises.

    The view is called with the validated `query` and `body`. `token` restricts it to registered
    users; a long-lived token is refused unless its scope has the `action`. `limit` names one of
    `me_api.rate_limits.RATE_LIMITS`, and `failure_limit` one by which only requests are counted
    that are refused.

    A `cacheable` view is called with the caller's `identity` and returns a `CacheableResult`. That
    may depend on nothing but the arguments and what is committed: for each caller it is cached
    until the next commit, and the view is called without a request context. So it cannot have a
    body, a token or a limit. Raises `ValueError` for this, and for an unknown limit.

    A `direct` view reads the request by functions of `me_api.rest.request` only, and returns JSON,
    with a status and headers if need be. It may be called without a request context, and for a GET
    in the hub if it responds "at once".
    """
    for name in filter(None, (limit, failure_limit)):
        if name not in RATE_LIMITS:
            raise ValueError(f"there is no rate limit {name!r}")
    if cacheable:
        _check_cacheable(
            responses, body=body, token=token, limit=limit, failure_limit=failure_limit
        )

    def declare(view: View) -> View:
        def answer(arguments: dict[str, Any]) -> Any:
            if token:
                _check_user(action)
            if body is not None:
                receive_body()
                if token:
                    _check_user(action)
            if cacheable:
                # The same as without a request context, where the address is not known.
                arguments["identity"] = caller().without_address()
            if query is not None:
                arguments["query"] = validate(query, current_request().args.to_dict())
            if body is not None:
                arguments["body"] = validate(body, read_body(), typed=current_request().is_json)
            if cacheable:
                return _respond(view(**arguments), 304 in responses)
            return view(**arguments)

        @wraps(view)
        def call(**arguments: Any) -> Any:
            # The limit comes first, so that refused requests count too.
            if limit is not None:
                check_limit(limit)
            if failure_limit is None:
                return answer(arguments)
            with limited_failures(failure_limit):
                return answer(arguments)

        declared = Endpoint(
            query,
            body,
            responses,
            failures,
            token,
            action,
            limit,
            view if cacheable else None,
            direct,
        )
        call.endpoint = declared  # type: ignore[attr-defined]
        return call  # type: ignore[return-value]

    return declare


def _check_user(action: Action | None) -> None:
    """Raise `Unauthorized` without a token, and `Forbidden` for one that does not allow this."""
    identity = caller()
    if identity.user is None:
        raise Unauthorized("A token is needed: log in, and send it as x-access-token.")
    identity.require(action)


def _check_cacheable(responses: Mapping[int, Any], **unenforced: Any) -> None:
    """Raise `ValueError` for what the fast path would not enforce, or not send."""
    if declared := [name for name, value in unenforced.items() if value]:
        raise ValueError(f"a cacheable route cannot have {', '.join(declared)}")
    if unsent := set(responses) - {200, 304}:
        raise ValueError(f"a cacheable route responds with 200 or 304, not {sorted(unsent)}")


def _respond(result: CacheableResult, has_etag: bool) -> WerkzeugResponse:
    response = jsonify(result.data)
    response.headers.extend(result.headers)
    return make_conditional(response) if has_etag else response


def make_conditional(response: Response) -> WerkzeugResponse:
    """Add an ETag to a response; return 304 Not Modified if the client has it already."""
    response.add_etag()
    return response.make_conditional(request)
