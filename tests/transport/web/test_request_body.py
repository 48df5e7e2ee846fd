"""The body of a request as an application reads it, in this process."""

import pytest

from me_api.errors import BadRequest, Busy, ContentTooLarge, RequestTimeout
from me_api.transport.web.body_decoder import MAX_CHUNKS, make_decoder
from me_api.transport.web.request_body import CONTINUE, LARGE, MAX_SKIPPED, RequestBody

LINES = b"one\n\ntwo\r\nthree"
AFTER = b"GET / HTTP/1.1"


class Source:
    """A connection that receives the next of some parts whenever it is waited for."""

    def __init__(self, *parts: bytes) -> None:
        self.parts = list(parts)
        self.received = b""
        self.sent: list[bytes] = []
        self.limit = 2**20
        self.turns = 0

    def wait_for_input(self) -> None:
        if not self.parts:
            raise RequestTimeout("The body of the request came too slowly.")
        self.received += self.parts.pop(0)

    def wait_for_turn(self) -> None:
        self.turns += 1

    def send_all(self, data: bytes) -> None:
        self.sent.append(data)

    def count_input(self, size: int) -> bool:
        return size <= self.limit


def split(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def body_of(*parts: bytes, length: int | None = len(LINES)) -> tuple[RequestBody, Source]:
    source = Source(*parts)
    return RequestBody(source, make_decoder(length)), source


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_it_is_read_by_lines_however_it_arrives(size: int) -> None:
    body, source = body_of(*split(LINES + AFTER, size))
    assert list(body) == [b"one\n", b"\n", b"two\r\n", b"three"]
    assert body.readline() == body.read() == b""
    assert AFTER.startswith(source.received), "the next request is left"
    assert body_of(*split(LINES, size))[0].readlines() == LINES.splitlines(keepends=True)


@pytest.mark.parametrize("size", [1, 100])
def test_the_size_limits_a_line(size: int) -> None:
    body, _ = body_of(*split(LINES, size))
    assert [body.readline(2), body.readline(2), body.readline(9)] == [b"on", b"e\n", b"\n"]
    assert body.readline(0) == b""
    assert body.readline(None) == b"two\r\n"
    assert body.read(3) == b"thr"
    assert body.read(None) == b"ee"


def test_a_chunked_body_by_lines() -> None:
    body, source = body_of(b"3\r\none\r\n2\r\n\n", b"t\r\n0\r\n\r\n" + AFTER, length=None)
    assert list(body) == [b"one\n", b"t"]
    assert source.received == AFTER


def test_a_client_that_waits_for_100_continue_gets_it_once_and_only_if_it_is_read() -> None:
    body, source = body_of(b"on", LINES[2:])
    body.continue_expected = True
    assert not body.is_skippable, "what follows may be the body, or the next request"
    assert source.sent == []
    assert body.read(1) == b"o"
    assert source.sent == [CONTINUE]
    assert body.read() == LINES[1:]
    assert source.sent == [CONTINUE] and body.is_skippable


def test_a_body_that_has_arrived_needs_no_100_continue() -> None:
    body, source = body_of()
    source.received, body.continue_expected = LINES + AFTER, True
    assert body.read() == LINES
    assert source.sent == []


def test_what_is_too_large_to_be_held_is_refused_and_what_is_discarded_is_not_held() -> None:
    body, source = body_of(LINES)
    source.limit = 5
    with pytest.raises(Busy):
        body.read()
    assert not body.is_skippable and not body.discard()
    body, source = body_of(*split(LINES, 5))
    source.limit = 5
    assert body.discard() and source.parts == []


def test_an_incomplete_body_cannot_be_discarded() -> None:
    body, _ = body_of(LINES[:5])
    assert not body.discard()
    assert not body.is_skippable


def test_a_long_rest_is_not_skipped() -> None:
    assert body_of(length=MAX_SKIPPED)[0].is_skippable
    assert not body_of(length=MAX_SKIPPED + 1)[0].is_skippable
    assert not body_of(length=None)[0].is_skippable


def test_a_body_has_at_most_so_many_chunks() -> None:
    """F24: of two hundred connections with chunks of a byte, each took a quarter of a second."""
    decoder = make_decoder(None)
    content, rest = decoder.decode(b"1\r\nx\r\n" * (MAX_CHUNKS - 1) + b"0\r\n\r\n" + AFTER)
    assert (len(content), rest, decoder.complete) == (MAX_CHUNKS - 1, AFTER, True)
    with pytest.raises(ContentTooLarge):
        make_decoder(None).decode(b"1\r\nx\r\n" * (MAX_CHUNKS + 1))


def test_what_has_failed_is_not_received_again() -> None:
    """A limit reads the nick, and then the view the rest: a slow client was waited for twice."""
    body, source = body_of(LINES[:3])
    with pytest.raises(RequestTimeout):
        body.read()
    source.parts.append(LINES[3:])
    with pytest.raises(RequestTimeout):
        body.read()
    assert source.parts and not body.discard()


def test_only_large_parts_wait_for_their_turn() -> None:
    small, source = body_of(LINES)
    assert small.read() == LINES and not source.turns
    large, source = body_of(b"x" * (LARGE + 1), b"y" * LARGE, b"z", length=None)
    with pytest.raises(BadRequest):
        large.read()
    assert source.turns == 1
