"""The request context of an event: that of the request which opened the connection.

Flask matches its path and opens its session anew for each context. For an event both are known:
the session is kept for the connection, and the path is always that of Socket.IO.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Request
from flask.ctx import RequestContext
from flask.sessions import SessionMixin

_ROUTING = "me_api.routing"
"""Under this key the environment of a connection has what its path was matched to."""


class EventContext(RequestContext):
    """A request context that matches the path once for each connection."""

    def __init__(
        self,
        app: Flask,
        environ: dict[str, Any],
        request: Request | None = None,
        session: SessionMixin | None = None,
    ) -> None:
        if (routing := environ.get(_ROUTING)) is None:
            super().__init__(app, environ, request, session)
            return
        if request is None:
            request = app.request_class(environ)
            request.json_module = app.json
        self.app = app
        self.request = request
        self.url_adapter = routing[0]
        self.flashes = None
        self._session = session
        self._after_request_functions = []
        self._cv_tokens = []

    def match_request(self) -> None:
        """Set what the path was matched to, or match it for the first time."""
        request = self.request
        if (routing := request.environ.get(_ROUTING)) is None:
            super().match_request()
            if (error := request.routing_exception) is not None:
                # Its frames have this context and that of the event, which would be kept with it.
                error.__traceback__ = error.__context__ = None
            matched = request.url_rule, request.view_args, request.routing_exception
            request.environ[_ROUTING] = (self.url_adapter, *matched)
        else:
            _, request.url_rule, request.view_args, request.routing_exception = routing
