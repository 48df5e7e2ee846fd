"""Serving a request by the cache of responses, or by the WSGI application (PEP 3333)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from me_api.errors import ApiError, ExpectationFailed
from me_api.transport.web.body_decoder import make_decoder
from me_api.transport.web.body_length import body_length
from me_api.transport.web.cacheable import CacheableRequest
from me_api.transport.web.environ import base_environ, request_environ
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.request_body import RequestBody
from me_api.transport.web.request_head import METHODS, RequestHead, parse_request_head
from me_api.transport.web.request_socket import RequestSocket
from me_api.transport.web.response import (
    Response,
    encode_error,
    encode_head,
)
from me_api.transport.web.response_cache import ResponseCache

log = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class RequestHandler:
    """Responds to the requests of all connections."""

    def __init__(
        self,
        app: Application,
        cache: ResponseCache,
        in_flight: InFlight,
        address: tuple[str, int],
        refused: Callable[[str], None],
    ) -> None:
        self._app = app
        self._cache = cache
        self._in_flight = in_flight
        self._address = address
        self._refused = refused

    def respond(
        self, connection: RequestSocket, data: bytes, cacheable: CacheableRequest | None
    ) -> bool:
        """Respond to the request with this head; return whether the connection stays open. Blocks.

        Raises `OSError` if the client is gone.
        """
        if cacheable is not None and (response := self._cache.respond(cacheable)) is not None:
            connection.send_all(response.dated())
            return not response.close
        method = ""
        try:
            head = parse_request_head(data)
            method = head.method
            return self._respond(connection, head)
        except ApiError as error:
            self._refused(error.code)
            connection.send_all(encode_error(error, method))
            return False

    def _respond(self, connection: RequestSocket, head: RequestHead) -> bool:
        body = RequestBody(connection, make_decoder(body_length(head)))
        if expectation := head.values("expect"):
            if [value.lower() for value in expectation] != ["100-continue"]:
                raise ExpectationFailed("The only expectation that is met here is 100-continue.")
            body.continue_expected = head.version == "HTTP/1.1"
        if head.path == "*":
            return self._describe_server(connection, head, body)
        return self._call_app(connection, head, body)

    def _describe_server(
        self, connection: RequestSocket, head: RequestHead, body: RequestBody
    ) -> bool:
        """Respond to `OPTIONS *` (RFC 9110, section 9.3.7)."""
        fields = [("Allow", ", ".join(METHODS))]
        keep_alive = self._may_stay(head, body)
        connection.send_all(encode_head(head, "204 No Content", fields, keep_alive))
        return keep_alive and body.discard()

    def _call_app(self, connection: RequestSocket, head: RequestHead, body: RequestBody) -> bool:
        response = Response(head, connection.send_all, partial(self._may_stay, head, body))
        environ = base_environ(self._address, connection.client)
        environ |= request_environ(head, body)
        environ["me_api.detach"] = connection.detach
        environ["me_api.watch_disconnect"] = connection.watch_disconnect
        try:
            self._run(environ, connection, response)
        except (ApiError, OSError):
            # Without an end of the response the client knows that it is incomplete.
            if response.started or connection.closed:
                return False
            raise
        except Exception as error:
            log.exception("unexpected error in %s", head.path)
            if response.started or connection.closed:
                return False
            raise ApiError("Something went wrong on the server; it has been logged.") from error
        finally:
            connection.stop_watching()
            # The environment and the request refer to each other: memory is freed at once, not
            # by the garbage collector. What has hijacked the connection may still use it.
            if not connection.closed:
                environ.clear()
        return not connection.closed and response.keep_alive and body.discard()

    def _run(self, environ: dict[str, Any], connection: RequestSocket, response: Response) -> None:
        result = self._app(environ, response.start_response)
        try:
            # A request that has hijacked the connection has no response here.
            if not connection.closed:
                response.send(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()

    def _may_stay(self, head: RequestHead, body: RequestBody) -> bool:
        return head.keep_alive and body.is_skippable and not self._in_flight.stopping
