"""One HTTP/1.1 connection, driven by callbacks of the hub: an idle one holds no greenlet.

A request whose response is cached, or made without a wait, is answered in the callback. Any other
is served by a greenlet until the response has been sent, or until no other request has been
received by then.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import eventlet

from me_api.errors import ApiError
from me_api.transport.web.cacheable import CacheableRequest
from me_api.transport.web.closing import ClosableConnection
from me_api.transport.web.encoded_response import EncodedResponse
from me_api.transport.web.request_head import (
    RequestHead,
    head_length,
    parse_request_head,
    skip_empty_lines,
)

Request = tuple[bytes, CacheableRequest | None, RequestHead | None]
"""The head of a request; the request if its response may be cached; the head if it was parsed."""


class HttpConnection(ClosableConnection):
    """Receives requests, and serves them in order."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        shared, waiting_in = self._shared, self.waiting_in
        if waiting_in is shared.idle and (response := shared.cache.get(data)) is not None:
            self._send_cached(response)
        elif self.serving:
            self.receive_ahead(data)
        elif waiting_in is not shared.lingering:
            self.received += data
            self._serve_next()

    def _serve_next(self) -> None:
        """Serve the next request, if its head is complete. Runs in the hub."""
        request = self._next_request()
        if request is None:
            if self.received and self.waiting_in is not self._shared.heads:
                self._shared.heads.add(self)
            return
        response, request = self._respond_at_once(*request)
        if response is not None:
            self._send_cached(response)
        else:
            self._start(self._serve, request)

    def _respond_at_once(
        self, data: bytes, cacheable: CacheableRequest | None, head: RequestHead | None
    ) -> tuple[EncodedResponse | None, Request]:
        """Return the response, if it can be made in the hub, and what else is known by then."""
        if cacheable is not None:
            if not self._shared.cache.never_waits:
                return None, (data, cacheable, None)
            response = self._shared.cache.respond(cacheable)
            if response is not None:
                return response, (data, None, None)
        # Of a malformed head the error is sent by a greenlet.
        with suppress(ApiError):
            head = parse_request_head(data)
            return self._shared.respond_at_once(head, self.client[0]), (data, None, head)
        return None, (data, None, None)

    def _start(self, function: Callable[..., None], *args: Any) -> None:
        self.serving = True
        self.waiting_in = None
        self._shared.greenlets.run(function, *args)

    def _next_request(self) -> Request | None:
        """Take the next head from what was received; refuse what is not a head."""
        self.received = skip_empty_lines(self.received)
        try:
            length = head_length(self.received)
            if not length:
                return None
        except ApiError as error:
            self._refuse(error)
            return None
        data, self.received = self.received[:length], self.received[length:]
        return data, self._shared.cache.parse(data), None

    def _serve(self, request: Request | None) -> None:
        """Serve requests until no complete one is left. Runs in a greenlet."""
        while request is not None:
            if not self._respond(*request):
                return
            request = self._next_request()
            if request is not None:
                # Pipelined requests take turns with the other connections.
                eventlet.sleep(0)
        if self.serving:
            self._wait_idle()

    def _respond(
        self, data: bytes, cacheable: CacheableRequest | None, head: RequestHead | None
    ) -> bool:
        """Respond to a request; return whether the connection is open for the next."""
        keep_alive = False
        try:
            with self._shared.in_flight:
                keep_alive = self._shared.respond(self, data, cacheable, head)
        except OSError:
            self.close()
        finally:
            self.count_input(0)
            if not (keep_alive or self.closed):
                self._linger()
        return keep_alive

    def _wait_idle(self) -> None:
        self.serving = False
        if self.eof or self._shared.in_flight.stopping:
            self.close()
            return
        (self._shared.heads if self.received else self._shared.idle).add(self)
        self.resume_reading()

    def _send_cached(self, response: EncodedResponse) -> None:
        """Send a response. Runs in the hub; a greenlet does what remains to be done then."""
        data = response.dated()
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        if sent < len(data) or response.close or self.received:
            self._start(self._finish_cached, data[sent:], response.close)
        else:
            self._shared.idle.add(self)

    def _finish_cached(self, rest: bytes, close: bool) -> None:
        try:
            with self._shared.in_flight:
                self.send_all(rest)
        except OSError:
            self.close()
            return
        if close:
            self._linger()
        else:
            self._serve(self._next_request())
