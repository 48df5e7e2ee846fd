"""Writing the head of a response, whatever headers the application has set."""

import pytest

from me_api.transport.web.request_head import parse_request_head
from me_api.transport.web.response import Response
from tests.support.server import LiveServer
from tests.transport.web.raw import HOST, exchange, statuses

HEAD = parse_request_head(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


def respond(*headers: tuple[str, str]) -> tuple[Response, bytes]:
    """Return the response of an application that sets these headers, and what was sent."""
    sent: list[bytes] = []
    response = Response(HEAD, sent.append, lambda: True)
    response.start_response("200 OK", list(headers))
    response.send([b"body"])
    return response, b"".join(sent)


@pytest.mark.parametrize("name", ["Date", "date"])
def test_a_response_has_one_date(name: str) -> None:
    """Werkzeug dates responses that have an ETag; RFC 9110, 5.3 forbids a second date."""
    _, sent = respond((name, "Thu, 01 Jan 1970 00:00:00 GMT"), ("ETag", '"1"'))
    assert sent.lower().count(b"\r\ndate: ") == 1
    assert b"1970" not in sent


@pytest.mark.parametrize(
    "header",
    [("X", "a\r\nSet-Cookie: b=c"), ("X", "a\nb"), ("X", "a\rb"), ("X\r\nY", "a"), ("X", "Łódź")],
)
def test_a_header_that_cannot_be_sent_leaves_the_response_to_be_an_error(
    header: tuple[str, str],
) -> None:
    """The connection was closed without any response, or the header began another one."""
    sent: list[bytes] = []
    response = Response(HEAD, sent.append, lambda: True)
    response.start_response("200 OK", [header])
    with pytest.raises(ValueError, match=r"line break|latin-1"):
        response.send([b"body"])
    assert not response.started
    assert not sent


def test_a_response_has_the_headers_of_the_application() -> None:
    response, sent = respond(("X", "\xe9"), ("X", "b"))
    assert b"\r\nX: \xe9\r\nX: b\r\nContent-Length: 4\r\n\r\nbody" in sent
    assert response.started
    assert response.keep_alive


@pytest.mark.parametrize("field", [b"Content-Length: x", b"Expect: nothing"])
def test_the_response_to_head_has_no_body_if_it_is_an_error(
    server: LiveServer, field: bytes
) -> None:
    response = exchange(server, b"HEAD / HTTP/1.1\r\n" + HOST + field + b"\r\n\r\n")
    assert len(statuses(response)) == 1
    assert response.endswith(b"\r\nConnection: close\r\n\r\n")
