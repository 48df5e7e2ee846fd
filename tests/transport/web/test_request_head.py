"""Which request heads are parsed as cacheable GETs, and which are left to the web server."""

import pytest

from me_api.transport.web.request_head import MAX_HEAD, parse_cacheable_get

HOST = b"Host: x\r\n"
LINE = b"GET /reports?since=1 HTTP/1.1\r\n"


def test_a_cacheable_get_is_parsed() -> None:
    request = parse_cacheable_get(
        LINE + HOST + b'USER-agent:  curl/8 \r\nIf-None-Match: "a"\r\n\r\n'
    )
    assert request is not None
    assert (request.path, request.query, request.close) == ("/reports", "since=1", False)
    assert request.headers == {"host": "x", "user-agent": "curl/8", "if-none-match": '"a"'}


def test_connection_close_is_respected() -> None:
    request = parse_cacheable_get(LINE + HOST + b"Connection: Close\r\n\r\n")
    assert request is not None and request.close


@pytest.mark.parametrize(
    "head",
    [
        LINE + HOST,
        LINE + b"\r\n",
        LINE + HOST + b"\r\nGET",
        LINE + HOST + HOST + b"\r\n",
        LINE + b"Host : x\r\n\r\n",
        LINE + HOST + b"Accept: a\r\n b\r\n\r\n",
        LINE + HOST + b" Accept: a\r\n\r\n",
        LINE + HOST + b"Accept: a\rb\r\n\r\n",
        LINE + HOST + b"Accept: a\nb: c\r\n\r\n",
        LINE + HOST + b"Accept: \0\r\n\r\n",
        LINE + HOST + b"Accept: \xe5\r\n\r\n",
        LINE + HOST + b"Content-Length: 0\r\n\r\n",
        LINE + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        LINE + HOST + b"Transfer-Encoding: chunked\r\n\r\n",
        LINE + HOST + b"Expect: 100-continue\r\n\r\n",
        LINE + HOST + b"Upgrade: websocket\r\n\r\n",
        LINE + HOST + b"Connection: Upgrade\r\n\r\n",
        LINE + HOST + b"Authorization: Bearer x\r\n\r\n",
        LINE + HOST + b"x-access-token: x\r\n\r\n",
        LINE + HOST + b"X-Guest: x\r\n\r\n",
        LINE + HOST + b"Range: bytes=0-1\r\n\r\n",
        LINE + HOST + b"If-Match: x\r\n\r\n",
        LINE + HOST + b"X-Never-Seen: x\r\n\r\n",
        LINE.replace(b"GET", b"HEAD") + HOST + b"\r\n",
        LINE.replace(b"1.1", b"1.0") + HOST + b"\r\n",
        LINE.replace(b"/reports", b"/r%C3%A4") + HOST + b"\r\n",
        LINE.replace(b"/reports", b"reports") + HOST + b"\r\n",
        LINE.replace(b"/reports", b"http://x/reports") + HOST + b"\r\n",
        LINE.replace(b"since=1", b"since=%31") + HOST + b"\r\n",
        LINE.replace(b"since=1", b"since=1#a") + HOST + b"\r\n",
        LINE.replace(b" HTTP", b"  HTTP") + HOST + b"\r\n",
        LINE + HOST + b"User-Agent: " + b"a" * MAX_HEAD + b"\r\n\r\n",
    ],
)
def test_an_unusual_request_is_not_cacheable(head: bytes) -> None:
    assert parse_cacheable_get(head) is None
