"""An HTTP connection whose requests are logged; without an access log, none of this runs."""

from __future__ import annotations

from socket import socket as RawSocket

from me_api.errors import ApiError
from me_api.transport.web.access_log import AccessLog, Exchange
from me_api.transport.web.connection import HttpConnection, Request
from me_api.transport.web.encoded_response import EncodedResponse
from me_api.transport.web.hijack import Hijacked
from me_api.transport.web.shared import Shared


class _Identified(EncodedResponse):
    """A response with the id of the request that it is for."""

    __slots__ = ("_exchange", "_response")

    def __init__(self, response: EncodedResponse, exchange: Exchange) -> None:
        super().__init__(b"", b"", response.close)
        self._response = response
        self._exchange = exchange

    def dated(self) -> bytes:
        return self._exchange.begin_response(self._response.dated())


class LoggedConnection(HttpConnection):
    """Logs each request when it has been answered, and sends its id with the response.

    A request is over when the next one begins, when the connection waits for one or is closed, and
    when it was hijacked.
    """

    __slots__ = ("_access_log", "_exchange", "_latest")

    def __init__(
        self, access_log: AccessLog, sock: RawSocket, client: tuple[str, int], shared: Shared
    ) -> None:
        self._access_log = access_log
        self._exchange: Exchange | None = None
        self._latest = b""
        super().__init__(sock, client, shared)

    def data_received(self, data: bytes) -> None:
        # The head, if the response is cached for these very bytes.
        self._latest = data
        super().data_received(data)
        self._latest = b""

    def send_all(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            super().send_all(data)
        elif exchange.status:
            super().send_all(data)
            exchange.size += len(data)
        else:
            super().send_all(exchange.begin_response(data))

    def send_response(self, response: EncodedResponse) -> None:
        if self._exchange is not None:
            self._exchange.user = response.user
        super().send_response(response)

    def identified(self, user: str) -> None:
        if self._exchange is not None:
            self._exchange.user = user

    def detach(self, status: int) -> Hijacked:
        exchange = self._exchange
        assert exchange is not None
        exchange.status = status
        return super().detach(status)._replace(fields=[exchange.field])

    def _next_request(self) -> Request | None:
        self._end_exchange()
        request = super()._next_request()
        if request is not None:
            self._begin_exchange(request[0])
        return request

    def _send_cached(self, response: EncodedResponse) -> None:
        exchange = self._exchange or self._begin_exchange(self._latest)
        exchange.user = response.user
        super()._send_cached(_Identified(response, exchange))
        if not self.serving:
            self._end_exchange()

    def _finish_cached(self, rest: bytes, close: bool) -> None:
        if self._exchange is not None:
            # Counted again when it is sent.
            self._exchange.size -= len(rest)
        super()._finish_cached(rest, close)

    def _wait_idle(self) -> None:
        self._end_exchange()
        super()._wait_idle()

    def _refusal(self, error: ApiError) -> bytes:
        return self._begin_exchange(b"").begin_response(super()._refusal(error))

    def _linger(self) -> None:
        self._end_exchange()
        super()._linger()

    def _leave(self) -> None:
        self._end_exchange()
        super()._leave()

    def _begin_exchange(self, data: bytes) -> Exchange:
        exchange = self._exchange = self._access_log.begin(data, self.client[0])
        return exchange

    def _end_exchange(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            self._access_log.end(exchange)
