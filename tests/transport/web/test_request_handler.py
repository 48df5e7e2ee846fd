"""Errors of an application, and what its environment holds, in this process."""

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from me_api.errors import NotFound
from me_api.transport import application
from me_api.transport.connection.registry import ReceivedCounts
from me_api.transport.web.body_decoder import make_decoder
from me_api.transport.web.cacheable import CacheableRequest
from me_api.transport.web.environ import request_environ
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.request_body import RequestBody
from me_api.transport.web.request_head import parse_request_head
from me_api.transport.web.response_cache import MAX_KNOWN, MAX_KNOWN_BYTES, ResponseCache
from me_api.transport.web.wsgi import RequestHandler

HEAD = b"GET /x HTTP/1.1\r\nHost: x\r\n%s\r\n"
App = Callable[[dict[str, Any], Any], Any]


class Connection:
    """Records what is sent to the client."""

    client = ("127.0.0.1", 1)
    received = b""

    def __init__(self) -> None:
        self.closed = False
        self.sent = b""
        self.detach = self.watch_disconnect = self.stop_watching = self.identified = Mock()

    def send_all(self, data: bytes) -> None:
        self.sent += data


def respond(app: App, connection: Connection | None = None) -> tuple[bool, bytes, list[str]]:
    """Return whether the connection stays, what was sent, and which errors were counted."""
    connection = connection or Connection()
    direct = application.NothingDirect()
    refused: list[str] = []
    cache = ResponseCache(direct, application.NothingCached())
    handler = RequestHandler(
        app, cache, direct, InFlight(), ("127.0.0.1", 1), refused.append, ReceivedCounts()
    )
    stays = handler.respond(connection, HEAD % b"", None, None)  # type: ignore[arg-type]
    return stays, connection.sent, refused


def begin(start_response: Any) -> None:
    start_response("200 OK", [])(b"part")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("It is not there."), b"404 Not Found", "not_found"),
        (ValueError("a bug"), b"500 Internal Server Error", "internal_error"),
    ],
)
def test_an_error_before_the_response_is_a_response(
    error: Exception, status: bytes, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [("X", "y")])
        raise error

    stays, sent, refused = respond(app)
    assert sent.startswith(b"HTTP/1.1 " + status) and b"\r\nX: y" not in sent
    assert not stays and refused == [code] and f'"code":"{code}"' in sent.decode()
    assert ("ValueError: a bug" in caplog.text) == isinstance(error, ValueError)


@pytest.mark.parametrize("error", [NotFound("no"), OSError("no"), ValueError("no")])
def test_an_error_within_the_response_leaves_it_incomplete(error: Exception) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        begin(start_response)
        raise error

    stays, sent, refused = respond(app)
    assert sent.endswith(b"4\r\npart\r\n") and not stays and refused == []


def test_the_error_of_a_client_that_is_gone_is_raised() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        respond(app)


def test_an_error_after_the_connection_was_hijacked_sends_nothing() -> None:
    connection = Connection()

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        connection.closed = True
        raise ValueError("a bug")

    assert respond(app, connection) == (False, b"", [])


def test_what_is_closed_after_the_response() -> None:
    result = Mock(__iter__=lambda _: iter([b"body"]))

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", "4")])
        return result

    stays, sent, _ = respond(app)
    assert stays and sent.endswith(b"\r\n\r\nbody")
    result.close.assert_called_once_with()


def environ_of(fields: bytes) -> dict[str, Any]:
    head = parse_request_head(HEAD % fields)
    return request_environ(head, RequestBody(Mock(), make_decoder(None)))


def test_fields_that_are_repeated() -> None:
    """RFC 9110, section 5.3; RFC 9112, section 6.3 for the length."""
    environ = environ_of(
        b"Accept: a\r\nCookie: c=1\r\nACCEPT: b\r\ncookie: d=2\r\n"
        b"Content-Length: 0\r\nContent-Length: 0\r\nX_Guest: e\r\n"
    )
    assert environ["HTTP_ACCEPT"] == "a,b"
    assert environ["HTTP_COOKIE"] == "c=1; d=2"
    assert environ["CONTENT_LENGTH"] == "0"
    assert "HTTP_X_GUEST" not in environ and "wsgi.input_terminated" not in environ


def test_only_a_chunked_body_ends_by_itself() -> None:
    assert environ_of(b"Transfer-Encoding: chunked\r\n")["wsgi.input_terminated"]


class Cacheable(application.NothingDirect):
    """A handler for which every path is cacheable."""

    def handles(self, path: str) -> bool:
        return True


def test_the_requests_that_are_kept_are_bounded() -> None:
    cache = ResponseCache(Cacheable(), application.NothingCached())
    long = HEAD % (b"User-Agent: " + b"x" * MAX_KNOWN_BYTES + b"\r\n")
    assert isinstance(cache.parse(long), CacheableRequest) and not cache._known
    for number in range(MAX_KNOWN + 1):
        assert cache.parse(HEAD % (b"User-Agent: %d\r\n" % number)) is not None
    assert len(cache._known) == 1
