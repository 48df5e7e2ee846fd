"""Which heads are read at the doorstep, and what is kept there."""

import pytest

from me_api.transport.web import response_cache
from me_api.transport.web.request_head import MAX_HEAD, parse_cacheable_get
from me_api.transport.web.response_cache import CachedResponse, ResponseCache

HOST = b"Host: x\r\n"
LINE = b"GET /reports?since=1 HTTP/1.1\r\n"


def test_a_plain_get_is_read() -> None:
    plain = parse_cacheable_get(LINE + HOST + b'USER-agent:  curl/8 \r\nIf-None-Match: "a"\r\n\r\n')
    assert plain is not None
    assert (plain.path, plain.query, plain.close) == ("/reports", "since=1", False)
    assert plain.headers == {"host": "x", "user-agent": "curl/8", "if-none-match": '"a"'}


def test_who_wants_to_close_is_heard() -> None:
    plain = parse_cacheable_get(LINE + HOST + b"Connection: Close\r\n\r\n")
    assert plain is not None and plain.close


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
def test_what_is_unusual_is_left_to_the_web_server(head: bytes) -> None:
    assert parse_cacheable_get(head) is None


PAGE = CachedResponse(b"HTTP/1.1 200 OK\r\nDate: ", b"\r\n\r\nbody", False)


def test_what_is_kept_holds_until_a_commit() -> None:
    version = [1]
    answers = ResponseCache(lambda: version[0])
    assert answers.get_or_make(b"GET", lambda: PAGE) is PAGE
    assert answers.get(b"GET") is PAGE
    version[0] = 2
    assert answers.get(b"GET") is None
    version[0] = 1
    assert answers.get(b"GET") is None, "what did not hold once is forgotten"


@pytest.mark.parametrize("noticed", [False, True])
def test_a_commit_while_it_is_made_ends_an_answer(noticed: bool) -> None:
    version = [1]
    answers = ResponseCache(lambda: version[0])

    def slow() -> CachedResponse:
        version[0] = 2
        if noticed:
            answers.validate()
        return PAGE

    assert answers.get_or_make(b"GET", slow) is PAGE
    assert answers.get(b"GET") is None


def test_no_answer_is_not_kept() -> None:
    answers = ResponseCache(lambda: 1)
    assert answers.get_or_make(b"GET", lambda: None) is None
    assert answers.get(b"GET") is None


def test_nothing_is_kept_where_commits_cannot_be_told() -> None:
    answers = ResponseCache(lambda: None)
    assert answers.get_or_make(b"GET", lambda: PAGE) is PAGE
    assert answers.get(b"GET") is None


def test_the_shelf_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response_cache, "SHELF_BYTES", 1000)
    answers = ResponseCache(lambda: 1)
    large = CachedResponse(b"", b"x" * 98, False)
    for number in range(20):
        answers.get_or_make(b"%2d" % number, lambda: large)
        assert answers.get(b" 0"), "what is in use stays"
    held = [number for number in range(20) if answers.get(b"%2d" % number)]
    assert held == [0, *range(11, 20)]
