"""The grammar of a request's head (RFC 9112, sections 2 to 3): what is accepted, and refused."""

import pytest

from me_api.errors import ApiError
from me_api.transport.web.head_faults import MAX_REQUEST_LINE
from me_api.transport.web.request_head import (
    MAX_FIELDS,
    MAX_HEAD,
    head_length,
    parse_request_head,
    skip_empty_lines,
)

HOST = b"Host: x\r\n"
LINE = b"GET /reports?since=1 HTTP/1.1\r\n"


def refusal(data: bytes) -> tuple[int, str]:
    """Return status and code of the error that a head is refused with."""
    with pytest.raises(ApiError) as refused:
        length = head_length(data)
        assert length == len(data), "the head is complete"
        parse_request_head(data)
    return refused.value.status, refused.value.code


def test_a_head_is_parsed() -> None:
    head = parse_request_head(LINE + HOST + b"X-A:\t b c \r\nx-a:\r\nX: \xe5\r\n\r\n")
    assert (head.method, head.path, head.query) == ("GET", "/reports", "since=1")
    assert head.fields == (("host", "x"), ("x-a", "b c"), ("x-a", ""), ("x", "å"))
    assert head.values("x-a") == ["b c", ""]


@pytest.mark.parametrize(
    ("version", "connection", "stays"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Connection: close\r\n", False),
        (b"1.1", b"Connection: foo, Close\r\n", False),
        (b"1.1", b"Connection: foo\r\nConnection:\tCLOSE\r\n", False),
        (b"1.1", b"Connection: closed\r\n", True),
        (b"1.1", b"Connection: close, keep-alive\r\n", False),
        (b"1.0", b"", False),
        (b"1.0", b"Connection: Keep-Alive\r\n", True),
    ],
)
def test_connection_is_a_list_of_options(version: bytes, connection: bytes, stays: bool) -> None:
    """F8: RFC 9112, section 9.6."""
    head = parse_request_head(LINE.replace(b"1.1", version) + HOST + connection + b"\r\n")
    assert head.keep_alive is stays


@pytest.mark.parametrize(
    ("target", "path", "query", "host"),
    [
        (b"/", "/", "", "x"),
        (b"/a%20b?c?d", "/a%20b", "c?d", "x"),
        (b"/r\xc3\xa4|^{}", "/rÃ¤|^{}", "", "x"),
        (b"//a", "//a", "", "x"),
        (b"http://y.se:80/healthz?a", "/healthz", "a", "y.se:80"),
        (b"HTTPS://y.se", "/", "", "y.se"),
        (b"http://y.se?a=b", "/", "a=b", "y.se"),
        (b"http://[::1]:80/", "/", "", "[::1]:80"),
    ],
)
def test_a_target_in_absolute_form_is_that_in_origin_form(
    target: bytes, path: str, query: str, host: str
) -> None:
    """F6: RFC 9112, section 3.2.2."""
    head = parse_request_head(b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert (head.path, head.query, head.values("host")) == (path, query, [host])


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length : 5\r\n",
        b"Content-Length\t: 5\r\n",
        b"Content-Length 5\r\n",
        b"nonsense\r\n",
        b": x\r\n",
        b"\xc3\xa5: x\r\n",
        b"(x): y\r\n",
        b"X: a\rContent-Length: 44\r\n",
        b"X: a\nContent-Length: 44\r\n",
        b"X: a\0b\r\n",
        b"X: a\x0bb\r\n",
        b"X: a\x7fb\r\n",
        b"X: a\r\n b\r\n",
        b"X: a\r\n\tb\r\n",
        b" X: a\r\n",
    ],
)
def test_a_malformed_field_is_refused(fields: bytes) -> None:
    """F2, F3: RFC 9112, sections 2.2, 5.1 and 5.2; RFC 9110, section 5.5."""
    assert refusal(LINE + HOST + fields + b"\r\n") == (400, "bad_framing")
    assert refusal(LINE + fields + HOST + b"\r\n") == (400, "bad_framing")


@pytest.mark.parametrize(
    "hosts",
    [
        b"",
        HOST + HOST,
        HOST + b"host: y\r\n",
        b"Host: a b\r\n",
        b"Host: a/b\r\n",
        b"Host: a@b\r\n",
        b"Host: x:1:2\r\n",
        b"Host: x:y\r\n",
        b"Host: [::1\r\n",
        b"Host: x, y\r\n" + HOST,
        b"Host: %zz\r\n",
    ],
)
def test_a_request_has_one_valid_host(hosts: bytes) -> None:
    """F5: RFC 9112, section 3.2."""
    assert refusal(LINE + hosts + b"\r\n") == (400, "bad_request")


@pytest.mark.parametrize(
    "host", [b"", b"x", b"x:80", b"x.se.", b"127.0.0.1:", b"[::1]", b"[fe80::1]:8080", b"r%C3%A4"]
)
def test_every_form_of_a_host_is_accepted(host: bytes) -> None:
    assert parse_request_head(LINE + b"Host: " + host + b"\r\n\r\n").values("host")


def test_a_request_of_http_1_0_needs_no_host() -> None:
    assert parse_request_head(LINE.replace(b"1.1", b"1.0") + b"\r\n").fields == ()


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"GET / HTTP/2.0", (505, "http_version_not_supported")),
        (b"GET / HTTP/1.2", (505, "http_version_not_supported")),
        (b"GET / HTTP/0.9", (505, "http_version_not_supported")),
        (b"PRI * HTTP/2.0", (505, "http_version_not_supported")),
        (b"GET / HTTP/x.y", (400, "bad_request")),
        (b"GET / HTTP/1.10", (400, "bad_request")),
        (b"GET / http/1.1", (400, "bad_request")),
        (b"GET / ICE/1.1", (400, "bad_request")),
        (b"GET /", (400, "bad_request")),
        (b"get / HTTP/1.1", (405, "method_not_allowed")),
        (b"Post / HTTP/1.1", (405, "method_not_allowed")),
        (b"G(T / HTTP/1.1", (400, "bad_request")),
        (b"GET\t/\tHTTP/1.1", (400, "bad_request")),
        (b"GET  / HTTP/1.1", (400, "bad_request")),
        (b"GET /  HTTP/1.1", (400, "bad_request")),
        (b" GET / HTTP/1.1", (400, "bad_request")),
        (b"GET / HTTP/1.1 ", (400, "bad_request")),
        (b"GET /a b HTTP/1.1", (400, "bad_request")),
        (b"GET /a#b HTTP/1.1", (400, "bad_request")),
        (b"GET healthz HTTP/1.1", (400, "bad_request")),
        (b"GET * HTTP/1.1", (400, "bad_request")),
        (b"GET ftp://x/ HTTP/1.1", (400, "bad_request")),
        (b"GET http://[x/ HTTP/1.1", (400, "bad_request")),
        (b"GET http:///healthz HTTP/1.1", (400, "bad_request")),
        (b"GET http://:80/healthz HTTP/1.1", (400, "bad_request")),
        (b"GET http://?a HTTP/1.1", (400, "bad_request")),
        (b"GET http://a@b/ HTTP/1.1", (400, "bad_request")),
        (b"GET /\0 HTTP/1.1", (400, "bad_request")),
        (b"CONNECT x:443 HTTP/1.1", (400, "bad_request")),
    ],
)
def test_a_malformed_request_line_is_refused(line: bytes, error: tuple[int, str]) -> None:
    """F9, F10: RFC 9112, section 3."""
    assert refusal(line + b"\r\n" + HOST + b"\r\n") == error


def test_options_for_the_server_are_accepted() -> None:
    """F11: `OPTIONS *` is about the server itself."""
    assert parse_request_head(b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n").path == "*"


def test_empty_lines_before_a_request_are_skipped() -> None:
    """F7: RFC 9112, section 2.2."""
    assert skip_empty_lines(b"\r\n\r\n" + LINE) == LINE
    assert skip_empty_lines(b"\n" + LINE) == b"\n" + LINE


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"GET /\r\n", (400, "bad_request")),
        (b"GET / HTTP/1.1\n", (400, "bad_framing")),
        (b"\n", (400, "bad_framing")),
        (b"\x16\x03\x01\x02", (400, "bad_framing")),
        (b"GET /" + b"a" * MAX_REQUEST_LINE, (414, "uri_too_long")),
        (LINE + b"X: " + b"a" * MAX_HEAD, (431, "request_header_fields_too_large")),
        (LINE + b"X: y\r\n" * MAX_HEAD, (431, "request_header_fields_too_large")),
    ],
)
def test_a_head_is_refused_before_it_is_complete(data: bytes, error: tuple[int, str]) -> None:
    """F13, F14: what cannot be accepted is not read to its end."""
    with pytest.raises(ApiError) as refused:
        head_length(data)
    assert (refused.value.status, refused.value.code) == error


def test_a_head_is_complete_with_its_empty_line() -> None:
    data = LINE + HOST + b"\r\n"
    assert [head_length(data[:size]) for size in range(len(data))] == [0] * len(data)
    assert head_length(data + b"x") == len(data)


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (LINE + HOST + b"X: y\r\n" * MAX_FIELDS, (431, "request_header_fields_too_large")),
        (LINE.replace(b"since", b"s" * MAX_REQUEST_LINE) + HOST, (414, "uri_too_long")),
    ],
)
def test_a_complete_head_is_limited_too(head: bytes, error: tuple[int, str]) -> None:
    assert refusal(head + b"\r\n") == error
