"""Random and mutated frames: each is answered, refused or waited for; the server stays as it was.

Run with FRAMES=1000000 for a long look.
"""

import os
import socket
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from me_api.transport.frame_reader import FrameReader
from me_api.transport.frames import FrameError
from tests.native.conftest import LARGEST
from tests.support.frames import CLOSE, PING, PONG, Cut, FrameSocket, frame
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.transport.observe import SECONDS, sockets_of

MOST = 40
"""Frames of one connection."""
EXAMPLES = max(int(os.environ.get("FRAMES", "0")) // (MOST // 2), 200)
SMALL = 300
Sent = list[tuple[int, bytes]]

usual = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
payloads = st.one_of(
    st.binary(max_size=20),
    st.text(max_size=20).map(str.encode),
    st.sampled_from([b"", b"x" * 125, b"x" * 126, b"\xc3", b"\xe2\x82", b"\xff", b"x" * SMALL]),
    st.sampled_from([1000, 1001, 1005, 3000, 999, 65_535]).map(lambda code: code.to_bytes(2)),
)
opcodes = st.sampled_from([0, 1, 1, 1, 2, 2, 9, 10])
any_opcode = st.one_of(opcodes, opcodes, st.integers(0, 15))
masks = st.binary(min_size=4, max_size=4)
good = st.builds(frame, opcodes, payloads, final=st.booleans(), mask=masks)
random_ones = st.builds(frame, any_opcode, payloads, final=st.booleans(), mask=masks)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Make a frame in which something is other than it should be."""
    data = bytearray(draw(random_ones))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, min(len(data), 16) - 1))
        how = draw(st.sampled_from(["flip", "cut", "insert", "double"]))
        if how == "flip":
            data[place] ^= 1 << draw(st.integers(0, 7))
        elif how == "cut" and len(data) > 1:
            del data[place]
        elif how == "insert":
            data.insert(place, draw(st.integers(0, 255)))
        else:
            data += data[place:]
    return bytes(data)


streams = st.lists(st.one_of(good, good, good, random_ones, mutated()), min_size=1, max_size=MOST)


def expected(data: bytes, size: int) -> tuple[Sent, bool]:
    """Return what an echo answers, and whether it closes then."""
    found: list[tuple[int, str | bytes]] = []
    answers: Sent = []
    code = None
    try:
        FrameReader(size).feed(data, found)
    except FrameError as error:
        code = error.code
        reason = str(error).encode()
    for opcode, payload in found:
        raw = payload.encode() if isinstance(payload, str) else payload
        if opcode == CLOSE:
            return [*answers, (CLOSE, raw[:2])], True
        if opcode != PONG:
            answers.append((PONG if opcode == PING else opcode, raw))
    if code is not None:
        answers.append((CLOSE, code.to_bytes(2) + reason))
    return answers, code is not None


@usual
@given(frames=streams, cuts=st.lists(st.integers(0, 2000), max_size=10))
def test_it_is_read_the_same_however_it_is_cut(frames: list[bytes], cuts: list[int]) -> None:
    data = b"".join(frames)
    whole: list[tuple[int, str | bytes]] = []
    parts: list[tuple[int, str | bytes]] = []
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    one, many = FrameReader(SMALL), FrameReader(SMALL)
    codes = []
    for reader, found, edges in ((one, whole, [0, len(data)]), (many, parts, places)):
        code = 0
        try:
            for start, end in pairwise(edges):
                reader.feed(data[start:end], found)
        except FrameError as error:
            code = error.code
        codes.append(code)
    assert codes[0] == codes[1]
    assert whole == parts
    assert codes[0] in (0, 1002, 1007, 1009)


@pytest.fixture(scope="module")
def quiet(native_server: LiveServer) -> Iterator[LiveServer]:
    """Count what the server holds before and after."""
    before, said = sockets_of(native_server), len(native_server.log)
    yield native_server
    wait_until(lambda: sockets_of(native_server) <= before, SECONDS, "all being forgotten")
    assert native_server.log[said:] == ""


@usual
@given(frames=streams, cuts=st.lists(st.integers(0, 2000), max_size=3))
def test_the_echo_answers_what_is_right_up_to_what_is_wrong(
    quiet: LiveServer, frames: list[bytes], cuts: list[int]
) -> None:
    data = b"".join(frames)
    answers, closes = expected(data, LARGEST)
    sock = FrameSocket(quiet.host, quiet.port, "/ws/echo")
    sock.answers_pings = False
    found: Sent = []
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    try:
        for start, end in pairwise(places):
            sock.send_raw(data[start:end])
        while len(found) < len(answers):
            found += sock.messages(SECONDS)
        assert found == answers
        sock.sock.shutdown(socket.SHUT_WR)
        with pytest.raises(Cut, match="closed by the server"):
            while True:
                assert list(sock.messages(SECONDS)) == [], closes
    finally:
        sock.abort()
