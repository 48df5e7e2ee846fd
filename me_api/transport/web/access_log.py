"""The access log: one line for each request, when it has been answered."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from itertools import count
from time import monotonic, time
from typing import Literal

from me_api.transport.web.access_fields import RequestFields, read_fields
from me_api.transport.web.access_formats import AccessRecord, combined_line, json_line

Format = Literal["common", "json"]
FORMATS: dict[Format, Callable[[AccessRecord], bytes]] = {
    "common": combined_line,
    "json": json_line,
}
CLIENT_GONE = 499
"""The status of a request without a response, because its client is gone; nginx's, too."""
MAX_ADDRESS = 64
_REQUEST_ID = re.compile(r"[\w.:+/=-]{1,128}", re.ASCII)
_STATUS = slice(9, 12)
"""Where the status is in `HTTP/1.1 200 OK`."""


class Exchange:
    """A request that is being answered, and what is known of its response."""

    __slots__ = ("address", "began", "request", "request_id", "size", "status", "user")

    def __init__(self, request: RequestFields, address: str, request_id: str) -> None:
        self.request = request
        self.address = address
        self.request_id = request_id
        self.began = monotonic()
        self.status = 0
        self.size = 0
        self.user = ""

    @property
    def field(self) -> tuple[str, str]:
        """The field of the response that has the id of the request."""
        return "X-Request-ID", self.request_id

    def begin_response(self, data: bytes) -> bytes:
        """Return the beginning of a response with the id; note its status and size.

        An interim response, as `100 Continue`, is returned as it is.
        """
        if data[_STATUS].startswith(b"1"):
            return data
        self.status = int(data[_STATUS])
        line_end = data.index(b"\r\n") + 2
        self.size = len(data) - (data.index(b"\r\n\r\n") + 4)
        name, value = self.field
        return b"%s%s: %s\r\n%s" % (
            data[:line_end],
            name.encode(),
            value.encode(),
            data[line_end:],
        )


class AccessLog:
    """Formats the requests that were answered, and passes the lines on.

    `proxies` is the number of reverse proxies that are trusted to say whose a request is.
    """

    def __init__(self, form: Format, put: Callable[[bytes], None], proxies: int) -> None:
        self._encode = FORMATS[form]
        self._put = put
        self._proxies = proxies
        self._prefix = secrets.token_hex(8)
        self._numbers = count(1)

    def begin(self, data: bytes, client: str) -> Exchange:
        """Note a request with this head, on a connection from this address."""
        request = read_fields(data)
        return Exchange(request, self._address(request, client), self._id(request))

    def end(self, exchange: Exchange) -> None:
        """Log a request that has been answered, or whose client is gone."""
        access = AccessRecord(
            time(),
            exchange.address,
            exchange.user,
            exchange.request,
            exchange.status or CLIENT_GONE,
            exchange.size,
            monotonic() - exchange.began,
            exchange.request_id,
        )
        self._put(self._encode(access))

    def _address(self, request: RequestFields, client: str) -> str:
        """Return the address that the outermost trusted proxy has seen, as ProxyFix does."""
        if not (self._proxies and request.forwarded_for):
            return client
        addresses = request.forwarded_for.split(",")
        if len(addresses) < self._proxies:
            return client
        return addresses[-self._proxies].strip()[:MAX_ADDRESS]

    def _id(self, request: RequestFields) -> str:
        """Return the id that a trusted proxy has given, if it is well-formed; otherwise a new one.

        Without a proxy, a client could make its requests look like those of another.
        """
        if self._proxies and _REQUEST_ID.fullmatch(request.request_id):
            return request.request_id
        return f"{self._prefix}{next(self._numbers):08x}"
