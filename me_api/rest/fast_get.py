"""Plain GETs of public routes, answered by their views without Flask's request around them.

Whatever is wrong or unusual is left to the ordinary way, which finds it again and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import copy_context
from functools import lru_cache
from typing import Any

from flask import Flask
from flask_cors.core import get_cors_headers, get_cors_options
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.http import generate_etag, is_resource_modified

from me_api.auth.identity import Identity
from me_api.json import to_json
from me_api.rest.endpoint import CacheableResult, Endpoint
from me_api.transport.web.cacheable import CacheableRequest, CacheableResponse
from me_api.validation import validate

ANONYMOUS = Identity()
PLACES = 1024
"""Paths and origins remembered."""


class FastGet:
    """The reader of one application."""

    def __init__(self, app: Flask) -> None:
        self._views = app.view_functions
        self._context = copy_context()
        self._context.run(lambda: app.app_context().push())
        self._urls = app.url_map.bind("")
        self._cors = get_cors_options(app)
        self._find = lru_cache(PLACES)(self._route)
        self._share = lru_cache(PLACES)(self._cors_headers)

    def handle(self, plain: CacheableRequest) -> CacheableResponse | None:
        """Answer a GET of a public route that nothing is wrong with."""
        found = self._find(plain.path)
        if found is None:
            return None
        endpoint, arguments = found
        try:
            reading = self._context.copy().run(self._read, endpoint, arguments, plain.query)
        except Exception:
            return None
        return self._reply(reading, plain.headers, 304 in endpoint.responses)

    def _read(
        self, endpoint: Endpoint, arguments: Mapping[str, Any], query: str
    ) -> CacheableResult:
        assert endpoint.cacheable is not None
        if endpoint.query is None:
            return endpoint.cacheable(**arguments, identity=ANONYMOUS)
        # Nothing is escaped in it. Of a name that comes twice the first counts, as in Flask.
        pairs = (pair.partition("=") for pair in reversed(query.split("&")) if pair)
        checked = validate(endpoint.query, {name: value for name, _, value in pairs})
        return endpoint.cacheable(**arguments, query=checked, identity=ANONYMOUS)

    def _reply(
        self, reading: CacheableResult, asked: Mapping[str, str], tagged: bool
    ) -> CacheableResponse:
        body = to_json(reading.data)
        headers = [*reading.headers, *self._share(asked.get("origin"))]
        if tagged:
            etag = generate_etag(body)
            headers.append(("Etag", f'"{etag}"'))
            if _is_known(etag, asked.get("if-none-match")):
                return CacheableResponse(304, headers, b"")
        kind = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        return CacheableResponse(200, kind + headers, body)

    def _route(self, path: str) -> tuple[Endpoint, Mapping[str, Any]] | None:
        try:
            name, arguments = self._urls.match(path, "GET")
        except HTTPException:
            return None
        endpoint = getattr(self._views[name], "endpoint", None)
        if endpoint is None or endpoint.cacheable is None:
            return None
        return endpoint, arguments

    def _cors_headers(self, origin: str | None) -> list[tuple[str, str]]:
        """Ask Flask-CORS, which has no public function for it, what it would add."""
        asked = Headers() if origin is None else Headers({"Origin": origin})
        found = get_cors_headers(self._cors, asked, "GET")
        return [(name, str(value)) for name, value in found.items()]


def _is_known(etag: str, known: str | None) -> bool:
    if known is None:
        return False
    environ = {"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": known}
    return not is_resource_modified(environ, etag)
