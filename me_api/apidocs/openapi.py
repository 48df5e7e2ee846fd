"""The OpenAPI 3.1 document, from the routes of an app and the models that check their input."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from me_api.apidocs.json_schema import Schemas, fields
from me_api.apidocs.responses import Responses
from me_api.me.service import DESCRIPTION, NAME
from me_api.rest.endpoint import Endpoint
from me_api.validation import StreamQuery

VERSION = "0.1.0"
TOKEN: list[dict[str, list[str]]] = [{"token": []}, {"bearer": []}]
SCHEMES = {
    "token": {"type": "apiKey", "in": "header", "name": "x-access-token"},
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "guest": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Guest",
        "description": "A guest's own secret of at least 128 random bits, which the client made.",
    },
}
BODIES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
_ARGUMENT = re.compile(r"<(?:(?P<kind>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")


def describe(app: Flask) -> dict[str, Any]:
    """Build the document."""
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
            "responses": responses.errors,
            "schemas": schemas.resolve(),
            "securitySchemes": SCHEMES,
        },
    }


def declared(app: Flask) -> list[tuple[Rule, str, Endpoint]]:
    """List the routes that say what they take and give, each with its methods."""
    found = []
    for rule in app.url_map.iter_rules():
        endpoint = getattr(app.view_functions[rule.endpoint], "endpoint", None)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if endpoint is not None:
                found.append((rule, method, endpoint))
    return found


def path_of(rule: Rule) -> str:
    """Write a route's path as OpenAPI does."""
    return _ARGUMENT.sub(r"{\g<name>}", rule.rule)


def _operation(rule: Rule, method: str, endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        # Made of the path: one view may serve several, and an id must be unique.
        "operationId": re.sub(r"\W+", "_", f"{method.lower()}{rule.rule}").rstrip("_"),
        "tags": [rule.endpoint.partition(".")[0]],
        "parameters": [*_path_arguments(rule), *_query(endpoint), *_headers(endpoint)],
    }
    if endpoint.body is not None:
        body = {"schema": schemas.of(endpoint.body)}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(BODIES, body)}
    if endpoint.token:
        operation["security"] = TOKEN
    return operation


def _explain(app: Flask, rule: Rule) -> dict[str, str]:
    """Give the first line of a view's docstring as the summary, and the rest."""
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
    """Describe the headers that stand for something: a key, a cursor, the ETag of an answer."""
    found = [
        _parameter("header", "Idempotency-Key", False, schema)
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
