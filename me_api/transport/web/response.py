"""Writing the response of a WSGI application (PEP 3333; RFC 9112, sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from me_api.errors import ApiError, envelope
from me_api.json import to_json
from me_api.transport.web.dates import http_date
from me_api.transport.web.encoded_response import EncodedResponse
from me_api.transport.web.request_head import RequestHead

Send = Callable[[bytes], None]
MAX_COPIED = 65_536
"""Bytes of a body that is sent together with its head."""


class Response:
    """The response to one request: `start_response`, and the body in the form it has to have."""

    def __init__(self, head: RequestHead, send: Send, may_stay: Callable[[], bool]) -> None:
        self._head = head
        self._send = send
        self._status = ""
        self._fields: list[tuple[str, str]] = []
        self._chunked = False
        self._may_stay = may_stay
        self.keep_alive = False
        """Whether the connection stays open, which is known when the head has been sent."""
        self.started = False
        """Whether the head has been sent."""

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        """Set status and headers; raise `exc_info` if they have been sent already."""
        if exc_info is not None and self.started:
            raise exc_info[1].with_traceback(exc_info[2])
        self._status, self._fields = status, headers
        return self.write

    def send(self, result: Iterable[bytes]) -> None:
        """Send what the application has returned."""
        # A result of one part, the common case, has a known length and is sent at once.
        if not self.started and isinstance(result, list | tuple) and len(result) == 1:
            self._finish(result[0])
            return
        for part in result:
            self.write(part)
        self._finish(b"")

    def write(self, data: bytes) -> None:
        """Send a part of the body, which is not its last."""
        if not data:
            return
        head = self._start(None)
        if not self._has_body:
            data = b""
        elif self._chunked:
            data = b"%x\r\n%s\r\n" % (len(data), data)
        self._send(head + data)

    def _finish(self, data: bytes) -> None:
        """Send the last part of the body, if there is any, and the end."""
        if not self.started:
            self._send_with_head(self._start(len(data)), data if self._has_body else b"")
        elif self._chunked:
            self._send(b"0\r\n\r\n")

    def _send_with_head(self, head: bytes, data: bytes) -> None:
        if len(data) <= MAX_COPIED:
            self._send(head + data)
        else:
            # The copy would take as much memory again until a slow client has read it.
            self._send(head)
            self._send(data)

    @property
    def _has_body(self) -> bool:
        code = self._status[:3]
        return self._head.method != "HEAD" and code not in ("204", "304") and code[0] != "1"

    def _start(self, length: int | None) -> bytes:
        """Return the head on the first call; `length` is that of the body, None if unknown."""
        if self.started:
            return b""
        self.keep_alive = self._may_stay()
        # Werkzeug dates responses that have an ETag; two dates are malformed.
        own = [field for field in self._fields if field[0].lower() != "date"]
        fields = [*own, *self._framing(length)]
        head = encode_head(self._head, self._status, fields, self.keep_alive)
        # Not before: what cannot be encoded is answered by another response.
        self.started = True
        return head

    def _framing(self, length: int | None) -> Iterable[tuple[str, str]]:
        """Yield the field that says where the body ends, if the application has not set it."""
        known = any(name.lower() == "content-length" for name, _ in self._fields)
        if known or not self._has_body:
            return
        if length is not None:
            yield "Content-Length", str(length)
        elif self._head.version == "HTTP/1.1":
            self._chunked = True
            yield "Transfer-Encoding", "chunked"
        else:
            self.keep_alive = False


def encode_head(
    head: RequestHead, status: str, fields: Iterable[tuple[str, str]], keep_alive: bool
) -> bytes:
    """Encode the head of the response to a request."""
    rest = encode_rest([*fields, *connection_field(head, keep_alive)])
    return b"".join([f"HTTP/1.1 {status}\r\nDate: ".encode("latin-1"), http_date(), rest])


def connection_field(head: RequestHead, keep_alive: bool) -> list[tuple[str, str]]:
    """Return the field Connection, where a client expects it."""
    if not keep_alive:
        return [("Connection", "close")]
    return [("Connection", "keep-alive")] if head.values("connection") else []


def encode_error(error: ApiError, method: str = "") -> bytes:
    """Encode the response to a request that never reaches the application."""
    response = prepare_error(error).dated()
    # To HEAD, only what the head of the response would be (RFC 9110, section 9.3.2).
    return response[: response.index(b"\r\n\r\n") + 4] if method == "HEAD" else response


def prepare_error(error: ApiError) -> EncodedResponse:
    """Encode such a response once for all requests."""
    body = to_json(envelope(error))
    content = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    fields = {**content, **error.headers, "Connection": "close"}
    return EncodedResponse(status_line(error.status), encode_rest(fields.items()) + body, True)


def encode_rest(fields: Iterable[tuple[str, str]]) -> bytes:
    """Encode what follows the date in the head of a response.

    Raises `ValueError` if a field has a line break, which would begin another field.
    """
    lines = ["", *[f"{name}: {value}" for name, value in fields], "", ""]
    text = "\r\n".join(lines)
    if not text.count("\r") == text.count("\n") == len(lines) - 1:
        raise ValueError("a header of a response has a line break")
    return text.encode("latin-1")


@lru_cache
def status_line(status: int) -> bytes:
    """Return the beginning of a response, up to the value of its header `Date`."""
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nDate: ".encode()
