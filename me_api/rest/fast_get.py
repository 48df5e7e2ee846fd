"""Cacheable GETs, which are answered by their views without a Flask request.

An error of the client is a response, too. Whatever else fails is left to Flask, which calls the
same view. There it may succeed, so the error is logged here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import copy_context
from functools import lru_cache
from http import HTTPStatus
from time import time
from typing import Any

from flask import Flask
from flask_cors.core import get_cors_headers, get_cors_options
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.http import generate_etag, is_resource_modified

from me_api.auth.identity import ANONYMOUS, Identity
from me_api.auth.token_usage import USED_SECONDS
from me_api.errors import ApiError, Banned, envelope
from me_api.extensions import db
from me_api.json import to_json
from me_api.rest.endpoint import CacheableResult, Endpoint
from me_api.rest.read_position import is_reached
from me_api.rest.request import identify_by_headers, nick_of
from me_api.rest.security import NO_SNIFFING, VARY
from me_api.storage.failures import is_storage_failure
from me_api.transport.web.cacheable import CacheableRequest, CacheableResponse
from me_api.validation import validate

logger = logging.getLogger(__name__)
MAX_CACHED = 1024
"""The most paths whose routes, and origins whose headers, are cached."""


class FastGet:
    """The handler of cacheable requests of one application."""

    def __init__(self, app: Flask) -> None:
        self._views = app.view_functions
        # Views need an app context, but no request context. Pushed once, and copied for each call.
        self.context = copy_context()
        self.context.run(lambda: app.app_context().push())
        self._urls = app.url_map.bind("")
        self._cors = get_cors_options(app)
        self._route = lru_cache(MAX_CACHED)(self._find_route)
        with app.app_context():
            self.never_waits = db.engine.dialect.name == "sqlite"
        self._logged: set[tuple[Any, type[Exception]]] = set()
        self.headers = lru_cache(MAX_CACHED)(self._find_headers)

    def handles(self, path: str) -> bool:
        """Return whether the route of a path is cacheable."""
        return self._route(path) is not None

    def handle(self, request: CacheableRequest) -> CacheableResponse | None:
        """Return the response, also if it is an error of the client.

        Returns None for a route that is not cacheable, for a position that has to be waited for,
        and for any other error.
        """
        route = self._route(request.path)
        if route is None:
            return None
        endpoint, arguments = route
        try:
            return self.context.copy().run(self._respond, endpoint, arguments, request)
        except (ApiError, HTTPException):
            return None
        except Exception as error:
            self._log(endpoint, error)
            return None

    def _log(self, endpoint: Endpoint, error: Exception) -> None:
        """Log an unexpected error, once for each route and class of errors."""
        # Not for each request: there are many thousands a second. Storage failures are expected.
        known = (endpoint.cacheable, type(error))
        if known not in self._logged and not is_storage_failure(error):
            self._logged.add(known)
            logger.error("unexpected error in a cacheable GET", exc_info=error)

    def _respond(
        self, endpoint: Endpoint, arguments: Mapping[str, Any], request: CacheableRequest
    ) -> CacheableResponse | None:
        if request.x_rev and not is_reached(request.x_rev):
            return None
        identity, private = ANONYMOUS, request.has_credentials
        try:
            if private:
                identity = identify_by_headers(
                    request.authorization, request.x_access_token or None, request.x_guest or None
                )
            result = _call(endpoint, arguments, request.query, identity)
        except ApiError as error:
            # It holds until a commit, as a response does, unless it is the server's.
            # Nor is a ban cached, which may end by itself.
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or isinstance(error, Banned):
                raise
            fields = [*error.headers.items(), *self.headers(request.origin, private)]
            return _respond_json(error.status, to_json(envelope(error)), fields, identity)
        body = to_json(result.data)
        fields = [*result.headers, *self.headers(request.origin, private)]
        if 304 in endpoint.responses:
            etag = generate_etag(body)
            fields.append(("ETag", f'"{etag}"'))
            if request.if_none_match and _is_known(etag, request.if_none_match):
                return CacheableResponse(304, fields, b"", _until(identity), nick_of(identity))
        return _respond_json(HTTPStatus.OK, body, fields, identity)

    def _find_route(self, path: str) -> tuple[Endpoint, Mapping[str, Any]] | None:
        try:
            name, arguments = self._urls.match(path, "GET")
        except HTTPException:
            return None
        endpoint = getattr(self._views[name], "endpoint", None)
        if endpoint is None or endpoint.cacheable is None:
            return None
        return endpoint, arguments

    def _find_headers(self, origin: str, private: bool) -> list[tuple[str, str]]:
        """Return the headers that every response has, as functions after the request add them."""
        # Flask-CORS has no public function for the headers that it would add to a response.
        request = Headers({"Origin": origin}) if origin else Headers()
        cors = get_cors_headers(self._cors, request, "GET")
        headers = [NO_SNIFFING, ("Vary", VARY), *((name, str(cors[name])) for name in cors)]
        return [*headers, ("Cache-Control", "private")] if private else headers


def _call(
    endpoint: Endpoint, arguments: Mapping[str, Any], query: str, identity: Identity
) -> CacheableResult:
    assert endpoint.cacheable is not None
    if endpoint.query is None:
        return endpoint.cacheable(**arguments, identity=identity)
    # The parser has refused any query with escapes. Of a repeated name the first value counts,
    # as in Flask: reversed, it is the last to be put into the dictionary.
    pairs = (pair.partition("=") for pair in reversed(query.split("&")) if pair)
    validated = validate(endpoint.query, {name: value for name, _, value in pairs})
    return endpoint.cacheable(**arguments, query=validated, identity=identity)


def _respond_json(
    status: int, body: bytes, fields: list[tuple[str, str]], identity: Identity
) -> CacheableResponse:
    content = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return CacheableResponse(status, content + fields, body, _until(identity), nick_of(identity))


def _until(identity: Identity) -> float:
    """Return until when a response may be sent again, in seconds since 1970."""
    if identity.scope is None:
        return identity.expires
    # Otherwise it would not be noted that a long-lived token is used while nothing is committed.
    return min(identity.expires, time() + USED_SECONDS)


def _is_known(etag: str, known: str) -> bool:
    environ = {"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": known}
    return not is_resource_modified(environ, etag)
