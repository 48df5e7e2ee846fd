"""Bodies that the application does not read: where the next request begins, and who sends it."""

import re

import pytest

from tests.support.server import LiveServer
from tests.transport.web.raw import HIDDEN, HOST, LAST, exchange, statuses

NOWHERE = b"POST /nowhere HTTP/1.1\r\n" + HOST
OPTIONS = b"OPTIONS * HTTP/1.1\r\n" + HOST
UPGRADE = HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
ENGINE_IO = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" + UPGRADE
NATIVE = b"GET /ws HTTP/1.1\r\n" + UPGRADE


def length(size: int) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % size


def chunked(body: bytes) -> bytes:
    return b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


@pytest.mark.parametrize("head", [OPTIONS, NOWHERE])
def test_a_body_of_known_length_is_not_the_next_request(server: LiveServer, head: bytes) -> None:
    response = exchange(server, head + length(len(HIDDEN)) + HIDDEN + LAST)
    assert statuses(response) == [204 if head is OPTIONS else 404, 200]


@pytest.mark.parametrize("head", [OPTIONS, NOWHERE])
def test_after_an_unread_chunked_body_the_connection_is_closed(
    server: LiveServer, head: bytes
) -> None:
    response = exchange(server, head + chunked(HIDDEN) + LAST)
    assert statuses(response) == [204 if head is OPTIONS else 404]
    assert b"\r\nConnection: close\r\n" in response


@pytest.mark.parametrize("head", [OPTIONS, NOWHERE])
@pytest.mark.parametrize("body", [b"", b"GET / HTTP/1.1\r\n\r\n"])
def test_a_client_that_waits_for_100_continue_may_leave_the_body_out(
    server: LiveServer, head: bytes, body: bytes
) -> None:
    """RFC 9110, 10.1.1: nobody knows what follows, so nothing that follows is read."""
    response = exchange(server, head + b"Expect: 100-continue\r\n" + length(500) + body + LAST)
    assert statuses(response) == [204 if head is OPTIONS else 404]
    assert b"\r\nConnection: close\r\n" in response


def test_an_expectation_without_a_body_keeps_the_connection(server: LiveServer) -> None:
    response = exchange(server, NOWHERE + b"Expect: 100-continue\r\n" + length(0) + LAST)
    assert statuses(response) == [404, 200]


@pytest.mark.parametrize("head", [OPTIONS, NOWHERE])
def test_a_request_has_one_response_even_if_its_body_is_cut(
    server: LiveServer, head: bytes
) -> None:
    """A proxy would pass a second one on as the response to its next request."""
    response = exchange(server, head + length(5) + b"abc", shut_down=True)
    assert len(statuses(response)) == 1


def test_a_body_that_is_skipped_is_not_counted(server: LiveServer) -> None:
    """Each left its length behind, until the address was refused with `busy` for good."""
    head = NOWHERE + b"Connection: keep-alive\r\n" + length(60_000)
    assert statuses(exchange(server, head + b"x" * 60_000, LAST)) == [404, 200]
    assert statuses(exchange(server, head + b"x" * 59_000, shut_down=True)) == [404]
    counted = re.search(rb"^me_api_unfinished_input_bytes (.*)$", server.get("/metrics").body, re.M)
    assert counted is not None
    assert float(counted[1]) == 0


@pytest.mark.parametrize("head", [ENGINE_IO, NATIVE])
@pytest.mark.parametrize("body", [length(4) + b"\x81\x80\0\0", chunked(b"body")])
def test_a_handshake_has_no_body(server: LiveServer, head: bytes, body: bytes) -> None:
    """It was read as frames, though to a proxy it is the body."""
    response = exchange(server, head + body, shut_down=True)
    assert statuses(response) == [400]
    assert b"A handshake has no body." in response
