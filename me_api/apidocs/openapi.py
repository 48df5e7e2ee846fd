"""The OpenAPI 3.1 document, from the routes of an app and the models that check their input."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, get_args

from flask import Flask
from werkzeug.routing import Rule

from me_api.apidocs.json_schema import Schemas, fields, form
from me_api.errors import (
    ApiError,
    BadRequest,
    Forbidden,
    Invalid,
    Problems,
    StorageUnavailable,
    TooManyRequests,
    Unauthorized,
    UnsupportedMediaType,
)
from me_api.me.service import DESCRIPTION, NAME
from me_api.rest.endpoint import Endpoint
from me_api.rest.read_position import HEADER, MAX_POSITION
from me_api.validation import Input, StreamQuery

VERSION = "0.1.0"
TOKEN: list[dict[str, list[str]]] = [{"token": []}, {"bearer": []}]
SCHEMES = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "x-access-token",
        "description": "What POST /login returns, or a long-lived token of POST /tokens",
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same tokens"},
    "guest": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Guest",
        "description": "A guest's own secret of at least 128 random bits, which the client made.",
    },
}
POSITION = {"type": "integer", "minimum": 0, "maximum": MAX_POSITION}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_OF_GETS = {"description": "In any GET: the response contains everything up to this rev"}
_AS_KEY = "Instead of the field `key`; if both are sent, they must be equal"
_ARGUMENT = re.compile(r"<(?:(?P<kind>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")


def describe(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of an app."""
    schemas = Schemas()
    responses = Responses(schemas)
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, endpoint in declared(app):
        operation = _operation(rule, method, endpoint, schemas)
        operation |= _explain(app, rule)
        operation["responses"] = responses.of(method, endpoint)
        paths.setdefault(path_of(rule), {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": NAME, "version": VERSION, "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": [{}, *TOKEN, {"guest": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "parameters": {HEADER: {**_parameter("header", HEADER, False, POSITION), **_OF_GETS}},
            "responses": responses.errors,
            "schemas": schemas.resolve(),
            "securitySchemes": SCHEMES,
        },
    }


def declared(app: Flask) -> list[tuple[Rule, str, Endpoint]]:
    """Return the routes that were declared with `@endpoint`, once for each method."""
    found = []
    # A route for handshakes is described as that of the same path for other requests.
    for rule in (rule for rule in app.url_map.iter_rules() if not rule.websocket):
        endpoint = getattr(app.view_functions[rule.endpoint], "endpoint", None)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if endpoint is not None:
                found.append((rule, method, endpoint))
    return found


def path_of(rule: Rule) -> str:
    """Return a route's path with OpenAPI's `{parameters}`."""
    return _ARGUMENT.sub(r"{\g<name>}", rule.rule)


def _operation(rule: Rule, method: str, endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        # Made of the path, not of the view: one view may serve several, and an id must be unique.
        "operationId": re.sub(r"\W+", "_", f"{method.lower()}{rule.rule}").rstrip("_"),
        "tags": [rule.endpoint.partition(".")[0]],
        "parameters": [*_path_arguments(rule), *_query(endpoint), *_headers(endpoint)],
    }
    if endpoint.body is not None:
        operation["requestBody"] = {"required": True, "content": _body(endpoint.body, schemas)}
    if endpoint.token:
        operation["security"] = TOKEN
    return operation


def _body(model: type[Input], schemas: Schemas) -> dict[str, Any]:
    """Describe a body by its media types."""
    schema = schemas.of(model)
    described = {"schema": form(model) or schema}
    return {"application/json": {"schema": schema}, **dict.fromkeys(FORMS, described)}


def _explain(app: Flask, rule: Rule) -> dict[str, str]:
    """Return the first line of a view's docstring as the summary, the rest as description."""
    first, _, rest = (app.view_functions[rule.endpoint].__doc__ or "").strip().partition("\n")
    return {"summary": first, **({"description": " ".join(rest.split())} if rest else {})}


def _path_arguments(rule: Rule) -> list[dict[str, Any]]:
    found = _ARGUMENT.finditer(rule.rule)
    return [_parameter("path", m["name"], True, _argument(m["kind"])) for m in found]


def _argument(kind: str | None) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0} if kind == "int" else {"type": "string"}


def _query(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [_parameter("query", *field) for field in fields(endpoint.query)]


def _headers(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Describe the headers that a route reads."""
    found = [
        _parameter("header", "Idempotency-Key", False, {**schema, "description": _AS_KEY})
        for name, _, schema in fields(endpoint.body)
        if name == "key"
    ]
    if endpoint.query is StreamQuery:
        found.append(_parameter("header", "Last-Event-ID", False, {"type": "integer"}))
    if 304 in endpoint.responses:
        found.append(_parameter("header", "If-None-Match", False, {"type": "string"}))
    return found


def _parameter(place: str, name: str, required: bool, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": schema}


class Responses:
    """The responses of all routes. Those to errors are shared components."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self.errors = {"Error": self._content("Any other error.", Problems)}

    def of(self, method: str, endpoint: Endpoint) -> dict[str, Any]:
        """Return the responses of a route, by status."""
        successes = {
            str(status): self._content(HTTPStatus(status).phrase, kind)
            for status, kind in endpoint.responses.items()
        }
        failures = {str(int(f.status)): self._error(f) for f in _failures(method, endpoint)}
        return {**successes, **failures, "default": _reference("Error")}

    def _error(self, failure: type[ApiError]) -> dict[str, str]:
        if failure.__name__ not in self.errors:
            description = failure.__doc__ or f"{failure.status.phrase}."
            self.errors[failure.__name__] = self._content(description.partition("\n")[0], Problems)
        return _reference(failure.__name__)

    def _content(self, description: str, kind: Any) -> dict[str, Any]:
        """Describe a response: a model is JSON, `Annotated[str, type]` text of that media type."""
        if kind is None:
            return {"description": description}
        media = "application/json"
        if getattr(kind, "__origin__", None) is str:
            kind, media = get_args(kind)
        return {"description": description, "content": {media: {"schema": self._schemas.of(kind)}}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{name}"}


def _failures(method: str, endpoint: Endpoint) -> list[type[ApiError]]:
    """Return the errors of a route: those it lists, and those that its declaration implies."""
    errors = list(endpoint.failures)
    if endpoint.token:
        errors += [Unauthorized, Forbidden]
    if endpoint.body:
        errors += [BadRequest, UnsupportedMediaType]
    if endpoint.body or endpoint.query:
        errors.append(Invalid)
    if endpoint.limit:
        errors.append(TooManyRequests)
    if method != "GET":
        errors.append(StorageUnavailable)
    return errors
