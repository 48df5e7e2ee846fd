"""Clients that send too slowly, or nothing, and clients that do not read (F14)."""

import select
import socket

import pytest

from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until
from tests.transport.web.raw import FORM, HOST, LAST, MESSAGES, exchange, statuses

SHORT, LONG = 0.5, 60


def rest(server: LiveServer, sent: bytes) -> bytes:
    """Send bytes, and return what is received until the server closes the connection."""
    return exchange(server, sent)


@pytest.mark.parametrize("sent", [b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\r\n", LAST[:-2]])
def test_a_head_that_is_never_complete_is_a_408(make_server: MakeServer, sent: bytes) -> None:
    server = make_server(head_timeout=SHORT, idle_timeout=LONG)
    if sent == b"\r\n":
        sent += b"GET"
    response = rest(server, sent)
    assert statuses(response) == [408]
    assert b'"code":"request_timeout"' in response


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"])
def test_an_idle_connection_is_closed(make_server: MakeServer, sent: bytes) -> None:
    server = make_server(head_timeout=LONG, idle_timeout=SHORT)
    assert statuses(rest(server, sent)) == ([200] if sent[:3] == b"GET" else [])


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 17\r\n\r\nnick=mos",
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nni",
        b"Transfer-Encoding: chunked\r\n\r\n11\r\nnick=mos&text=hej\r\n0\r\nX: ",
    ],
)
def test_a_body_that_is_never_complete_is_a_408(make_server: MakeServer, body: bytes) -> None:
    server = make_server(body_timeout=SHORT)
    response = rest(server, MESSAGES + HOST + FORM + body)
    assert statuses(response) == [408]
    assert b'"code":"request_timeout"' in response
    assert server.get("/chat/rooms/lobby/messages").json["data"] == []


def test_a_body_that_ends_early_is_refused(make_server: MakeServer) -> None:
    request = MESSAGES + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\n8\r\nnick=mos\r\n"
    response = exchange(make_server(), request, shut_down=True)
    assert statuses(response) == [400]
    assert b'"code":"bad_framing"' in response


def test_a_slow_client_has_time_while_it_sends(make_server: MakeServer) -> None:
    """The deadline of a body begins anew with every part of it."""
    seconds = 4.0
    server = make_server(body_timeout=seconds)
    head = MESSAGES + HOST + FORM + b"Content-Length: 17\r\n\r\n"
    with socket.create_connection((server.host, server.port), timeout=WAIT_SECONDS) as sock:
        sock.sendall(head)
        for part in (b"nick=", b"mos", b"&text", b"=", b"he"):
            sock.sendall(part)
            assert not select.select([sock], [], [], seconds / 4)[0], "an early response"
        sock.sendall(b"j")
        assert sock.recv(65_536).startswith(b"HTTP/1.1 201 ")


def test_a_client_that_does_not_read_is_disconnected(make_server: MakeServer) -> None:
    """A response has to make progress, too."""
    server = make_server(body_timeout=SHORT)
    page = b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n"
    with socket.create_connection((server.host, server.port), timeout=WAIT_SECONDS) as sock:
        sock.sendall(page * 200)
        wait_until(lambda: server.get("/healthz").status == 200, what="others are served")
        with pytest.raises(ConnectionError):
            while not select.select([sock], [], [], 0)[2]:
                sock.sendall(page)
