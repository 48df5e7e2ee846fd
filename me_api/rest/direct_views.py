"""Direct views: requests that are answered by their views without a Flask request.

Flask's dispatch takes more time than most views. It is skipped only if nothing would notice. If the
app has another function to be called before or after requests, or another error handler, all
requests are left to Flask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from flask import Flask, signals
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from me_api.auth.identity import ANONYMOUS, Identity
from me_api.config import Settings
from me_api.errors import ApiError, envelope
from me_api.json import to_json
from me_api.rest.direct_request import ViewRequest, direct_request
from me_api.rest.endpoint import Endpoint
from me_api.rest.error_handlers import describe_http_error
from me_api.rest.fast_get import MAX_CACHED, FastGet
from me_api.rest.origins import OriginPolicy
from me_api.rest.request import nick_of
from me_api.rest.security import CREDENTIALS, SAFE_METHODS
from me_api.storage.failures import to_api_error
from me_api.transport import middleware_paths
from me_api.transport.web.cacheable import CacheableResponse
from me_api.transport.web.direct import DirectRequest

OWN_MODULES = ("me_api.rest.", "flask_cors.", "flask_sqlalchemy.")
"""Whose functions Flask calls for each request, and what is done here, too, or not needed."""

SIGNALS = (
    signals.request_started,
    signals.request_finished,
    signals.request_tearing_down,
    signals.got_request_exception,
    signals.appcontext_pushed,
    signals.appcontext_popped,
    signals.appcontext_tearing_down,
)
"""What Flask sends for each request."""

View = Callable[..., Any]
_SITE = "sec-fetch-site"


class DirectViews(FastGet):
    """Answers the requests of one application for cacheable and for direct views."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        super().__init__(app)
        self._app = app
        self._proxies = settings.trusted_proxies
        self._origins: OriginPolicy = app.extensions["origins"]
        self.max_body: int = app.config["MAX_CONTENT_LENGTH"] - 1
        self._find = lru_cache(MAX_CACHED)(self._find_view)
        self._wrapped = middleware_paths(app)

    def accepts(self, method: str, path: str) -> bool:
        """Return whether a method and path are those of a direct view, or of none at all."""
        return self._find(method, path) is not None

    def may_wait(self, path: str) -> bool:
        """Return whether the direct view of a GET may wait."""
        found = self._find("GET", path)
        endpoint: Endpoint | None = getattr(found and found[0], "endpoint", None)
        return endpoint is not None and endpoint.direct == "may wait"

    def respond(self, request: DirectRequest) -> CacheableResponse:
        """Return the response of a direct view, or the error that it raises."""
        return self.context.copy().run(self._respond_directly, request)

    def _respond_directly(self, request: DirectRequest) -> CacheableResponse:
        found = self._find(request.method, request.path)
        assert found is not None
        view, arguments = found
        headers = request.headers
        try:
            client = self._check_origin(request)
            direct_request.set(ViewRequest(request, client, self.max_body + 1))
            data, status, fields = _normalize(view(**arguments))
        except ApiError as error:
            data, status, fields = envelope(error), error.status, error.headers
        except HTTPException as error:
            data, status, fields = describe_http_error(error)
        except Exception as error:
            failure = to_api_error(error)
            data, status, fields = envelope(failure), failure.status, failure.headers
        private = not CREDENTIALS.isdisjoint(headers)
        user = nick_of(_identity()) if private else ""
        body = b"" if status == 204 else to_json(data)
        content = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        shared = self.headers(headers.get("origin", ""), private)
        own = [*fields.items(), *shared]
        sent = own if status == 204 else content + own
        return CacheableResponse(status, sent, body, user=user)

    def _check_origin(self, request: DirectRequest) -> str:
        """Return the client's address; raise `Forbidden` for a foreign request that may write."""
        unsafe, headers = request.method not in SAFE_METHODS, request.headers
        if not self._proxies and not (unsafe and ("origin" in headers or _SITE in headers)):
            return request.client  # It is no browser's, or changes nothing.
        environ: dict[str, Any] = {
            f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()
        }
        environ |= {"REQUEST_METHOD": request.method, "REMOTE_ADDR": request.client}
        environ |= {"wsgi.url_scheme": "http", "SERVER_NAME": "", "SERVER_PORT": ""}
        if n := self._proxies:
            ProxyFix(lambda *_: [], x_for=n, x_proto=n, x_host=n)(environ, _start_nothing)
        if unsafe:
            self._origins.check(environ)
        client: str = environ["REMOTE_ADDR"]
        return client

    def _find_view(self, method: str, path: str) -> tuple[View, Mapping[str, Any]] | None:
        if method in ("HEAD", "OPTIONS") or path.startswith(self._wrapped):
            return None
        try:
            name, arguments = self._urls.match(path, method)
        except NotFound as error:
            # The body of a request for an unknown path need not be read.
            if method != "GET" or self._calls_others(None):
                return None
            # Not the error itself: its traceback would keep the request in memory.
            described = describe_http_error(error)
            return (lambda: described), {}
        except HTTPException:
            return None
        view = self._views[name]
        endpoint = getattr(view, "endpoint", None)
        if endpoint is None or not endpoint.direct or self._calls_others(name.rpartition(".")[0]):
            return None
        return view, arguments

    def _find_route(self, path: str) -> tuple[Endpoint, Mapping[str, Any]] | None:
        route = super()._find_route(path)
        if route is None or path.startswith(self._wrapped):
            return None
        name, _ = self._urls.match(path, "GET")
        return None if self._calls_others(name.rpartition(".")[0]) else route

    def _calls_others(self, blueprint: str | None) -> bool:
        """Return whether Flask would call functions for a request that are not called here."""
        if any(signal.receivers for signal in SIGNALS):
            return True
        return not all(
            f.__module__.startswith(OWN_MODULES) for f in _functions(self._app, blueprint)
        )


def _functions(app: Flask, blueprint: str | None) -> Iterator[Callable[..., Any]]:
    """Yield the functions that Flask calls for a request beside its view."""
    for scope in {None, blueprint}:
        for registry in (
            app.before_request_funcs,
            app.after_request_funcs,
            app.teardown_request_funcs,
            app.url_value_preprocessors,
        ):
            yield from registry.get(scope, ())
        for handlers in app.error_handler_spec.get(scope, {}).values():
            yield from handlers.values()
    yield from app.teardown_appcontext_funcs


def _identity() -> Identity:
    """Return the caller, as far as it was asked for."""
    request = direct_request.get()
    return (request and request.identity) or ANONYMOUS


def _normalize(result: Any) -> tuple[Any, int, Mapping[str, str]]:
    """Return data, status and headers of what a view has returned."""
    if not isinstance(result, tuple):
        return result, 200, {}
    data, status, *headers = result
    return data, status, headers[0] if headers else {}


def _start_nothing(*_args: Any) -> Any:
    raise AssertionError("this is no response")
