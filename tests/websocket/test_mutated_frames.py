"""Fuzzing with random and mutated frames: each is answered or refused, and nothing leaks.

`python -m tests.websocket.flood` sends a million.
"""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from me_api.transport.websocket.frame_parser import FrameParser
from me_api.transport.websocket.frames import FrameError
from tests.support.databases import Databases
from tests.support.frames import frame
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.websocket.flood import LARGEST, SECONDS, Flood, exchange, held

MAX_FRAMES = 40
"""The most frames that are sent on one connection."""
SMALL = 300

usual = settings(
    max_examples=200,
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
valid = st.builds(frame, opcodes, payloads, final=st.booleans(), mask=masks)
arbitrary = st.builds(frame, any_opcode, payloads, final=st.booleans(), mask=masks)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Generate a frame in which up to three bytes are changed."""
    data = bytearray(draw(arbitrary))
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


streams = st.lists(
    st.one_of(valid, valid, valid, arbitrary, mutated()), min_size=1, max_size=MAX_FRAMES
)


@usual
@given(frames=streams, cuts=st.lists(st.integers(0, 2000), max_size=10))
def test_events_and_errors_are_the_same_however_the_bytes_are_split(
    frames: list[bytes], cuts: list[int]
) -> None:
    data = b"".join(frames)
    whole: list[tuple[int, str | bytes]] = []
    parts: list[tuple[int, str | bytes]] = []
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    codes = []
    for events, edges in ((whole, [0, len(data)]), (parts, places)):
        parser, code = FrameParser(SMALL), 0
        try:
            for start, end in pairwise(edges):
                parser.receive_data(data[start:end], events)
        except FrameError as error:
            code = error.code
        codes.append(code)
    assert codes[0] == codes[1]
    assert whole == parts
    assert codes[0] in (0, 1002, 1007, 1009)


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[LiveServer]:
    """Start a server that counts what it holds; it must log nothing else."""
    # Not forked, hence not measured: what coverage holds would be counted, too.
    folder = tmp_path_factory.mktemp("counted")
    server = LiveServer(
        folder,
        entry="counted",
        database_url=databases.create(folder),
        websocket_max_bytes=LARGEST,
    ).start()
    before = len(server.log)
    yield server
    lines = server.log[before:].splitlines()
    server.stop()
    # The last line of the banner, which is empty, may come after the server is ready.
    assert [line for line in lines if line and not line.startswith("held: ")] == []


@usual
@given(frames=streams, cuts=st.lists(st.integers(0, 2000), max_size=3))
def test_the_echo_answers_valid_frames_up_to_the_first_invalid_one(
    counted: LiveServer, frames: list[bytes], cuts: list[int]
) -> None:
    exchange(counted, b"".join(frames), cuts)


def test_closed_connections_leave_nothing_behind(counted: LiveServer) -> None:
    flood = Flood(seed=1)
    flood.send(counted, 5_000)
    before, connections = held(counted), flood.connections
    flood.send(counted, 20_000)
    closed = flood.connections - connections
    assert flood.closed[1002] and flood.closed[1007]
    wait_until(
        lambda: all(held(counted)[what] <= before[what] for what in ("files", "greenlets")),
        SECONDS,
        f"no more than {before}",
    )
    after = held(counted)
    grown = {what: after[what] - before[what] for what in before}
    # Caches and pools grow at first, by an object for three connections. After 80,000 frames they
    # grow no more. A leak would add at least one object for each connection.
    assert grown["objects"] < closed, grown
    assert grown["blocks"] < 5 * closed, grown
    assert grown["bytes"] < 8_000_000, grown
