"""Which requests may be answered from the cache, and which are left to the application."""

import pytest

from me_api.transport.web.cacheable import CacheableRequest, parse_cacheable
from me_api.transport.web.request_head import parse_request_head

HOST = b"Host: x\r\n"
LINE = b"GET /reports?since=1 HTTP/1.1\r\n"


def cacheable(data: bytes) -> CacheableRequest | None:
    return parse_cacheable(parse_request_head(data))


@pytest.fixture(autouse=True)
def nothing_unexpected() -> None:
    """Replace the fixture that needs a server."""


def test_a_plain_get_is_cacheable() -> None:
    request = cacheable(LINE + HOST + b'USER-agent:  curl/8 \r\nIf-None-Match: "a"\r\n\r\n')
    assert request is not None
    assert (request.path, request.query) == ("/reports", "since=1")
    assert request.headers == {"host": "x", "user-agent": "curl/8", "if-none-match": '"a"'}


@pytest.mark.parametrize("option", [b"close", b"Keep-Alive"])
def test_the_options_of_browsers_are_cacheable(option: bytes) -> None:
    assert cacheable(LINE + HOST + b"Connection: " + option + b"\r\n\r\n") is not None


@pytest.mark.parametrize(
    "head",
    [
        LINE + HOST + b"Accept: a\r\nAccept: b\r\n\r\n",
        LINE + HOST + b"Content-Length: 0\r\n\r\n",
        LINE + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        LINE + HOST + b"Transfer-Encoding: chunked\r\n\r\n",
        LINE + HOST + b"Expect: 100-continue\r\n\r\n",
        LINE + HOST + b"Upgrade: websocket\r\n\r\n",
        LINE + HOST + b"Connection: Upgrade\r\n\r\n",
        LINE + HOST + b"Connection: close, x\r\n\r\n",
        LINE + HOST + b"Authorization: Bearer x\r\n\r\n",
        LINE + HOST + b"x-access-token: x\r\n\r\n",
        LINE + HOST + b"X-Guest: x\r\n\r\n",
        LINE + HOST + b"Range: bytes=0-1\r\n\r\n",
        LINE + HOST + b"If-Match: x\r\n\r\n",
        LINE + HOST + b"X-Never-Seen: x\r\n\r\n",
        LINE.replace(b"GET", b"HEAD") + HOST + b"\r\n",
        LINE.replace(b"1.1", b"1.0") + HOST + b"\r\n",
        LINE.replace(b"/reports", b"/r%C3%A4") + HOST + b"\r\n",
        LINE.replace(b"/reports", b"/r\xc3\xa4") + HOST + b"\r\n",
        LINE.replace(b"since=1", b"since=%31") + HOST + b"\r\n",
    ],
)
def test_an_unusual_request_is_not_cacheable(head: bytes) -> None:
    assert cacheable(head) is None
