"""Requests that the server itself refuses, in the envelope; what follows them is not read."""

import json

import pytest

from tests.support.server import LiveServer
from tests.transport.web.raw import FORM, HIDDEN, HOST, LAST, MESSAGES, exchange, statuses


def refused(server: LiveServer, request: bytes) -> tuple[int, str]:
    """Send a request with another behind it; return status and code of the only response."""
    response = exchange(server, request + HIDDEN)
    head, _, body = response.partition(b"\r\n\r\n")
    assert statuses(response) == [int(head[9:12])]
    assert b"\r\nContent-Type: application/json\r\n" in head
    assert b"\r\nConnection: close" in head
    assert b"hidden" not in server.get("/chat/rooms/lobby/messages").body
    ((error),) = json.loads(body)["errors"]
    assert error["status"] == int(head[9:12])
    return error["status"], error["code"]


@pytest.mark.parametrize(
    "field",
    [
        b"Transfer-Encoding: \x0bchunked",
        b"Transfer-Encoding: \x0cchunked",
        b"Transfer-Encoding: chunked\xa0",
        b"Transfer-Encoding: \xa0chunked",
        b"Transfer-Encoding: chunked, chunked",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding:",
        b"Transfer-Encoding: chunked;q=1",
        b"Content-Length: \x0b0",
        b"Content-Length: 0\xa0",
        b"Content-Length: \xb2",
        b"Content-Length: 0x0",
        b"Content-Length: 1e1",
        b"Content-Length: 99999999999999999999",
        b"Content-Length : 0",
        b"X: y\rContent-Length: 0",
        b"X: y\nContent-Length: 0",
        b"X\0: y",
        b"nonsense",
        b" folded: x",
    ],
)
def test_a_request_is_not_smuggled(server: LiveServer, field: bytes) -> None:
    """F1, F2, F3: each came as two requests, or may come so behind a proxy that repairs it."""
    request = MESSAGES + HOST + FORM + field + b"\r\n\r\n"
    assert refused(server, request) == (400, "bad_framing")


@pytest.mark.parametrize(
    "body",
    [
        b"0x17\r\n",
        b"1_7\r\n",
        b"+5\r\nabcde\r\n",
        b"-2\r\n",
        b"5 \r\nabcde\r\n",
        b" 5\r\nabcde\r\n",
        b"5\nabcde\r\n",
        b"5;a=b\nabcde\r\n",
        b"5;a\0\r\nabcde\r\n",
        b"\r\n5\r\nabcde\r\n",
        b"5\r\nabcdefgh\r\n",
        b"5\r\nabcde0\r\n\r\n",
        b"5\r\nabcde\n0\r\n\r\n",
        b"ffffffffffffffffff\r\n",
        b"5;" + b"a" * 5000 + b"\r\nabcde\r\n",
        b"5\r\nabcde\r\n0\r\nno trailer\r\n\r\n",
        b"5\r\nabcde\r\n0\r\nX : y\r\n\r\n",
        b"5\r\nabcde\r\n0\r\nX: y\n\r\n",
    ],
)
def test_a_malformed_chunk_ends_the_connection(server: LiveServer, body: bytes) -> None:
    """F4: RFC 9112, section 7.1."""
    request = MESSAGES + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\n" + body
    assert refused(server, request) == (400, "bad_framing")


@pytest.mark.parametrize(
    "body",
    [
        b"11\r\nnick=mos&text=hej\r\n0\r\n\r\n",
        b"00011;name=value;x\r\nnick=mos&text=hej\r\n000\r\nX-A: b\r\nX-B:\r\n\r\n",
        b"4\r\nnick\r\nD\r\n=mos&text=hej\r\n0;last\r\n\r\n",
    ],
)
def test_a_chunked_body_ends_where_it_says(server: LiveServer, body: bytes) -> None:
    request = MESSAGES + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\n" + body
    assert statuses(exchange(server, request + LAST)) == [201, 200]
    pieces = [request[n : n + 1] for n in range(len(request))]
    assert statuses(exchange(server, *pieces, LAST)) == [201, 200]


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (b"GET /healthz HTTP/1.1\r\n", (400, "bad_request")),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + HOST, (400, "bad_request")),
        (b"GET /healthz HTTP/2.0\r\n" + HOST, (505, "http_version_not_supported")),
        (b"GET /healthz HTTP/x.y\r\n" + HOST, (400, "bad_request")),
        (b"get /healthz HTTP/1.1\r\n" + HOST, (405, "method_not_allowed")),
        (b"GET healthz HTTP/1.1\r\n" + HOST, (400, "bad_request")),
        (b"GET\t/healthz\tHTTP/1.1\r\n" + HOST, (400, "bad_request")),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST, (414, "uri_too_long")),
        (
            b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n" + HOST,
            (431, "request_header_fields_too_large"),
        ),
        (b"PUT / HTTP/1.1\r\n" + HOST + b"Expect: x\r\n", (417, "expectation_failed")),
    ],
)
def test_every_error_is_in_the_envelope(
    server: LiveServer, head: bytes, error: tuple[int, str]
) -> None:
    """F5, F9, F10, F13: whatever is wrong with the request."""
    assert refused(server, head + b"\r\n") == error


def test_http_0_9_and_http_2_are_refused(server: LiveServer) -> None:
    """F9: only HTTP/1.0 and HTTP/1.1 are served."""
    assert statuses(exchange(server, b"GET /\r\n")) == [400]
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    assert statuses(exchange(server, preface)) == [505]


def test_a_target_in_absolute_form_is_served(server: LiveServer) -> None:
    """F6: as the clients of a proxy send it."""
    request = b"GET http://elsewhere.example/healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    assert statuses(exchange(server, request + LAST)) == [200, 200]


def test_empty_lines_between_requests_are_skipped(server: LiveServer) -> None:
    """F7: RFC 9112, section 2.2, asks for it."""
    post = MESSAGES + HOST + FORM + b"Content-Length: 17\r\n\r\nnick=mos&text=hej"
    assert statuses(exchange(server, b"\r\n" + post + b"\r\n\r\n" + LAST)) == [201, 200]


def test_close_may_be_one_of_several_options(server: LiveServer) -> None:
    """F8: `Connection` is a list of options."""
    request = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: foo, Close\r\n\r\n"
    assert statuses(exchange(server, request)) == [200]


def test_options_for_the_server(server: LiveServer) -> None:
    """F11: RFC 9110, section 9.3.7."""
    request = b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"
    response = exchange(server, request + LAST)
    assert statuses(response) == [204, 200]
    assert b"\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" in response


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "x"])
def test_a_compressed_body_is_unsupported(server: LiveServer, coding: str) -> None:
    """F12: RFC 9110, section 15.5.16."""
    headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
    response = server.request(
        "POST", "/chat/rooms/lobby/messages", headers=headers, body=b"\x1f\x8b"
    )
    assert response.status == 415
    assert response.json["errors"][0]["code"] == "unsupported_media_type"


def test_refused_requests_are_counted_and_not_logged(server: LiveServer) -> None:
    """F15: anyone could fill the log with them."""
    before, log = server.get("/metrics").body, server.log
    assert refused(server, b"GET /healthz HTTP/3.0\r\n" + HOST + b"\r\n")[0] == 505
    name = b'me_api_http_errors_total{code="http_version_not_supported"}'
    assert _value(server.get("/metrics").body, name) == _value(before, name) + 1
    assert server.log == log


def _value(metrics: bytes, name: bytes) -> float:
    lines = [line for line in metrics.splitlines() if line.startswith(name)]
    return float(lines[0].split()[-1]) if lines else 0


def test_pipelined_requests_are_answered_in_order(server: LiveServer) -> None:
    post = MESSAGES + HOST + FORM + b"Content-Length: 17\r\n\r\nnick=mos&text=hej"
    page = b"GET /chat/rooms/lobby/messages HTTP/1.1\r\n" + HOST + b"\r\n"
    head = b"HEAD /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    response = exchange(server, (page + post + head) * 20 + LAST)
    assert statuses(response) == [200, 201, 200] * 20 + [200]


def test_the_expected_100_continue_is_sent_once(server: LiveServer) -> None:
    """RFC 9110, section 10.1.1."""
    head = MESSAGES + HOST + FORM + b"Content-Length: 17\r\nExpect: 100-Continue\r\n\r\n"
    assert statuses(exchange(server, head + b"nick=mos&text=hej" + LAST)) == [201, 200]
    response = exchange(server, head, b"nick=mos", b"&text=hej" + LAST)
    assert statuses(response) in ([100, 201, 200], [201, 200])
