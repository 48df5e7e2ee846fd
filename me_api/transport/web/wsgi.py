"""Serving a request: from the cache, directly, or by the WSGI application (PEP 3333)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import partial
from typing import Any

from me_api.errors import ApiError, ExpectationFailed
from me_api.transport.connection.registry import ReceivedCounts
from me_api.transport.web.body_decoder import make_decoder
from me_api.transport.web.body_length import body_length
from me_api.transport.web.cacheable import CacheableRequest, CacheableResponse
from me_api.transport.web.direct import DirectHandler, DirectRequest, direct_headers
from me_api.transport.web.encoded_response import EncodedResponse
from me_api.transport.web.environ import base_environ, request_environ
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.request_body import RequestBody
from me_api.transport.web.request_head import METHODS, RequestHead, parse_request_head
from me_api.transport.web.request_socket import RequestSocket
from me_api.transport.web.response import (
    Response,
    connection_field,
    encode_error,
    encode_head,
    encode_rest,
    status_line,
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
        direct: DirectHandler,
        in_flight: InFlight,
        address: tuple[str, int],
        refused: Callable[[str], None],
        received: ReceivedCounts,
    ) -> None:
        self._received = received
        self._app = app
        self._cache = cache
        self._direct = direct
        self._in_flight = in_flight
        self._address = address
        self._refused = refused

    def respond_at_once(self, head: RequestHead, client: str) -> EncodedResponse | None:
        """Return the response to a direct GET, if that needs no wait. Runs in the hub."""
        if not self._direct.never_waits or head.method != "GET":
            return None
        headers = self._direct_headers(head)
        if headers is None or "content-length" in headers or self._direct.may_wait(head.path):
            return None
        self._received.http += 1
        request = DirectRequest("GET", head.path, head.query, headers, client, b"")
        made = self._direct.respond(request)
        return _encode(head, made, head.keep_alive)

    def _direct_headers(self, head: RequestHead) -> Mapping[str, str] | None:
        """Return the headers of a request that is answered directly, None for any other."""
        if not self._direct.accepts(head.method, head.path):
            return None
        return direct_headers(head, self._direct.max_body)

    def respond(
        self,
        connection: RequestSocket,
        data: bytes,
        cacheable: CacheableRequest | None,
        head: RequestHead | None,
    ) -> bool:
        """Respond to the request with this head; return whether the connection stays open. Blocks.

        The head is parsed unless that has been done. Raises `OSError` if the client is gone.
        """
        if cacheable is not None and (response := self._cache.respond(cacheable)) is not None:
            connection.send_response(response)
            return not response.close
        self._received.http += 1
        try:
            head = head or parse_request_head(data)
            return self._respond(connection, head)
        except ApiError as error:
            self._refused(error.code)
            connection.send_all(encode_error(error, head.method if head else ""))
            return False

    def _respond(self, connection: RequestSocket, head: RequestHead) -> bool:
        headers = self._direct_headers(head)
        if headers is not None:
            return self._respond_directly(connection, head, headers)
        body = RequestBody(connection, make_decoder(body_length(head)))
        if expectation := head.values("expect"):
            if [value.lower() for value in expectation] != ["100-continue"]:
                raise ExpectationFailed("The only expectation that is met here is 100-continue.")
            body.continue_expected = head.version == "HTTP/1.1"
        if head.path == "*":
            return self._describe_server(connection, head, body)
        return self._call_app(connection, head, body)

    def _respond_directly(
        self, connection: RequestSocket, head: RequestHead, headers: Mapping[str, str]
    ) -> bool:
        length = int(headers.get("content-length", "0"))
        content: bytes | ApiError | None = connection.take(length)
        complete = content is not None
        if content is None:
            body = RequestBody(connection, make_decoder(length))
            try:
                content = body.read()
                complete = True
            except ApiError as error:
                # A copy has no traceback, which would refer to the request, and so to its content.
                content = copy(error)
        request = DirectRequest(
            head.method, head.path, head.query, headers, connection.client[0], content
        )
        made = self._direct.respond(request)
        stays = complete and head.keep_alive and not self._in_flight.stopping
        response = _encode(head, made, stays)
        connection.send_response(response)
        return not response.close

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
        environ["me_api.identified"] = connection.identified
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


def _encode(head: RequestHead, made: CacheableResponse, keep_alive: bool) -> EncodedResponse:
    rest = encode_rest([*made.headers, *connection_field(head, keep_alive)]) + made.body
    return EncodedResponse(status_line(made.status), rest, not keep_alive, user=made.user)
