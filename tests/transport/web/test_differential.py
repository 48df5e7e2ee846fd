"""Mutated requests, read by this server's reader and by h11: they never disagree on an end.

Whatever this reader accepts, h11 accepts as the same requests, but for one form that is listed
here. This reader may refuse more.
"""

import random
import re
from collections.abc import Iterator

import h11
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from me_api.errors import ApiError
from me_api.transport.web.body_decoder import make_decoder
from me_api.transport.web.body_length import body_length
from me_api.transport.web.request_head import head_length, parse_request_head, skip_empty_lines

# Explaining a failure traces the code, which takes minutes here.
usual = settings(max_examples=300, phases=[Phase.explicit, Phase.generate, Phase.shrink])
MUTANTS = 6000
SEED = 20261129

HEADS = [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /a?b=c HTTP/1.1\r\nHost: x:1\r\nAccept: */*\r\nConnection: close, x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
    b'5;a="b"\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n',
    b"HEAD / HTTP/1.0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: [::1]\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
]
PIECES = [b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b":", b",", b";", b"\x0b", b"\x0c", b"\xa0"]
PIECES += [b"0", b"5", b"+", b"-", b"0x", b"_", b"chunked", b"Content-Length: 3\r\n", b"\x85"]
PIECES += [b"Transfer-Encoding: chunked\r\n", b"Host: y\r\n", b" HTTP/1.1", b"identity", b"\x7f"]

Read = tuple[list[tuple[bytes, bytes, bytes]], str]
"""The requests as method, target and body, and how reading ended: `more`, `refused`."""


def read_ours(data: bytes) -> Read:
    """Split bytes into requests as the server does."""
    found: list[tuple[bytes, bytes, bytes]] = []
    try:
        while True:
            data = skip_empty_lines(data)
            length = head_length(data)
            if not length:
                return found, "more"
            head = parse_request_head(data[:length])
            target = data.split(b" ", 2)[1]
            decoder = make_decoder(body_length(head))
            body, data = decoder.decode(data[length:])
            if not decoder.complete:
                return found, "more"
            found.append((head.method.encode(), target, body))
            if not head.keep_alive:
                return found, "more"
    except ApiError:
        return found, "refused"


def read_h11(data: bytes) -> Read:
    """Split bytes into requests as h11 does; it does not skip empty lines (RFC 9112, 2.2)."""
    found: list[tuple[bytes, bytes, bytes]] = []
    try:
        while data:
            connection = h11.Connection(h11.SERVER, max_incomplete_event_size=16_384)
            connection.receive_data(skip_empty_lines(data))
            request = connection.next_event()
            if not isinstance(request, h11.Request):
                break
            body = b""
            while isinstance(event := connection.next_event(), h11.Data):
                body += bytes(event.data)
            if not isinstance(event, h11.EndOfMessage):
                break
            found.append((request.method, request.target, body))
            if connection.their_state is h11.MUST_CLOSE:
                break
            data = connection.trailing_data[0]
    except h11.RemoteProtocolError:
        return found, "refused"
    return found, "more"


def check(data: bytes) -> None:
    """Fail if the two readers accept the bytes as different requests."""
    (ours, end), (theirs, _) = read_ours(data), read_h11(data)
    if is_listed(data):
        return
    assert ours == theirs[: len(ours)], (data, ours, theirs)
    # What is refused here may be accepted by h11, but nothing may be waited for that h11 has.
    assert end == "refused" or ours == theirs, (data, ours, theirs)


def is_listed(data: bytes) -> bool:
    """Return whether the bytes have a form that is accepted here and not by h11."""
    # Bytes over 127 in a target, which curl sends.
    return bool(re.search(rb"(?m)^\S+ [^ \r\n]*[\x80-\xff]", data))


def mutate(source: random.Random, data: bytes) -> bytes:
    """Insert, delete, replace or move a few bytes."""
    for _ in range(source.randint(1, 3)):
        at = source.randrange(len(data) + 1)
        kind = source.randrange(4)
        if kind == 0:
            data = data[:at] + source.choice(PIECES) + data[at:]
        elif kind == 1:
            data = data[:at] + data[at + source.randint(1, 3) :]
        elif kind == 2:
            data = data[:at] + source.choice(PIECES) + data[at + 1 :]
        else:
            data = data[:at] + bytes([source.randrange(256)]) + data[at:]
    return data


def mutants() -> Iterator[bytes]:
    source = random.Random(SEED)
    for _ in range(MUTANTS):
        yield mutate(source, source.choice(HEADS)) + source.choice(HEADS)


def test_requests_that_are_valid_are_read_alike() -> None:
    for head in HEADS:
        assert read_ours(head) == read_h11(head)
        assert read_ours(head)[0]


def test_mutated_requests_end_where_h11_says_or_are_refused() -> None:
    accepted = 0
    for data in mutants():
        check(data)
        accepted += bool(read_ours(data)[0])
    assert MUTANTS / 10 < accepted < MUTANTS * 9 / 10, "the mutants tell something"


@usual
@given(
    st.lists(
        st.one_of(st.sampled_from(PIECES), st.sampled_from(HEADS), st.binary(max_size=4)),
        min_size=1,
        max_size=6,
    )
)
def test_any_bytes_end_where_h11_says_or_are_refused(parts: list[bytes]) -> None:
    check(b"".join(parts))


@usual
@given(st.sampled_from(HEADS), st.sampled_from(HEADS), st.integers(0, 300), st.data())
def test_a_body_is_the_same_however_it_is_split(
    first: bytes, second: bytes, at: int, data: st.DataObject
) -> None:
    """Decoding byte by byte gives what decoding at once gives."""
    length = head_length(first)
    decoder = make_decoder(body_length(parse_request_head(first[:length])))
    content, rest = b"", b""
    for byte in first[length:] + second:
        part, rest = decoder.decode(rest + bytes([byte]))
        content += part
    whole = make_decoder(body_length(parse_request_head(first[:length])))
    assert (content, rest) == whole.decode(first[length:] + second)
    assert decoder.complete
