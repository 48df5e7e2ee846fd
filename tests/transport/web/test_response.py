"""Writing the head of a response, whatever headers the application has set."""

from collections.abc import Iterable

import pytest

from me_api.transport.web.request_head import parse_request_head
from me_api.transport.web.response import MAX_COPIED, Response
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


class Sent(list[bytes]):
    """What the response to a request was sent in; `status` is that of the response."""

    def __init__(self, request: bytes, status: str = "200 OK") -> None:
        head = parse_request_head(request + b"\r\nHost: x\r\n\r\n")
        self.response = Response(head, self.append, lambda: True)
        self.response.start_response(status, [])

    @property
    def body(self) -> bytes:
        return b"".join(self).partition(b"\r\n\r\n")[2]


def test_parts_of_unknown_length_are_chunks_or_end_with_the_connection() -> None:
    sent = Sent(b"GET / HTTP/1.1")
    sent.response.send(iter([b"one", b"", b"two"]))
    assert sent.body == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    assert sent.response.keep_alive
    sent = Sent(b"GET / HTTP/1.0")
    sent.response.send(iter([b"one", b"two"]))
    assert sent.body == b"onetwo" and b"Transfer-Encoding" not in sent[0]
    assert not sent.response.keep_alive and b"\r\nConnection: close\r\n" in sent[0]


@pytest.mark.parametrize("rest", [[b"two"], iter([b"two"]), []])
def test_what_is_returned_follows_what_was_written(rest: Iterable[bytes]) -> None:
    """By the function that `start_response` returns (PEP 3333); a list of one part was lost."""
    sent = Sent(b"GET / HTTP/1.1")
    sent.response.write(b"one")
    parts = b"" if rest == [] else b"3\r\ntwo\r\n"
    sent.response.send(rest)
    assert sent.body == b"3\r\none\r\n" + parts + b"0\r\n\r\n"


def test_nothing_is_sent_after_a_body_of_known_length() -> None:
    sent = Sent(b"GET / HTTP/1.1")
    sent.response.start_response("200 OK", [("Content-Length", "6")])
    sent.response.send(iter([b"one", b"two"]))
    assert sent.body == b"onetwo" and all(sent)


@pytest.mark.parametrize(
    ("request_line", "status"),
    [(b"HEAD / HTTP/1.1", "200 OK"), (b"GET / HTTP/1.1", "304 Not Modified")],
)
def test_a_response_without_a_body_sends_none_of_its_parts(
    request_line: bytes, status: str
) -> None:
    sent = Sent(request_line, status)
    sent.response.send(iter([b"one", b"two"]))
    assert sent.body == b"" and b"chunked" not in sent[0]
    assert sent.response.keep_alive


def test_a_large_body_is_not_copied() -> None:
    for size, parts in ((MAX_COPIED, 1), (MAX_COPIED + 1, 2)):
        sent = Sent(b"GET / HTTP/1.1")
        sent.response.send([bytes(size)])
        assert (len(sent), sent.body) == (parts, bytes(size))


def test_an_error_after_the_head_was_sent_is_raised() -> None:
    """As PEP 3333 wants it: before that, the error replaces the response."""
    error = ValueError("no")
    sent = Sent(b"GET / HTTP/1.1")
    sent.response.start_response("500 No", [], (ValueError, error, None))
    sent.response.write(b"part")
    assert sent[0].startswith(b"HTTP/1.1 500 No\r\n")
    with pytest.raises(ValueError, match="no"):
        sent.response.start_response("500 No", [], (ValueError, error, None))


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
