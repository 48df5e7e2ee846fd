"""A request whose body ends ambiguously is refused, and what follows is not processed."""

import pytest

from tests.support.server import LiveServer
from tests.transport.web.test_http import POST, RawHttp, chunked

HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
MESSAGES = "POST /chat/rooms/lobby/messages HTTP/1.1"
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "headers",
    [
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: identity"],
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["Content-Length: 5", "Content-Length: 0"],
        ["Content-Length: +0"],
        ["Content-Length: 0_0"],
        ["Content-Length: 0, 5"],
        ["Content-Length: -1"],
        ["Content-Length: "],
    ],
)
def test_an_ambiguous_length_is_refused_and_the_rest_is_not_read(
    server: LiveServer, headers: list[str]
) -> None:
    raw = RawHttp(server)
    raw.send(MESSAGES, FORM, *headers, body=HIDDEN)
    reply = raw.reply()
    assert reply.startswith(b"HTTP/1.1 400 ")
    assert reply.count(b"HTTP/1.1 ") == 1
    assert b'"code":"bad_framing"' in reply
    raw.sock.close()


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (["Transfer-Encoding: Chunked"], chunked(b"nick=mos&te", b"xt=hej")),
        (["Content-Length: 17", "Content-Length: 17"], b"nick=mos&text=hej"),
        (["Content-Length: 017"], b"nick=mos&text=hej"),
    ],
)
def test_an_unambiguous_length_is_accepted(
    server: LiveServer, headers: list[str], body: bytes
) -> None:
    raw = RawHttp(server)
    raw.send(*POST, FORM, *headers, body=body)
    assert raw.reply().startswith(b"HTTP/1.1 201 ")
    raw.sock.close()
