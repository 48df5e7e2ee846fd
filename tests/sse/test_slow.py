"""A client that does not read is closed and counted as slow, and resumes without a gap."""

import pytest

from tests.recovery.raw_clients import Wires, flood
from tests.recovery.scenario import World
from tests.sse.conftest import Open, counted, room_stream
from tests.support.sse import bodies
from tests.support.wait import wait_until

SLOW = 'me_api_slow_clients_total{interface="sse"}'


def test_a_client_that_does_not_read_is_closed_and_resumes(
    small_buffer: World, connect: Open
) -> None:
    server, room = small_buffer.server, small_buffer.room()
    wires = Wires(server)
    poster = wires.open(nick="posts")
    slow = connect(server, room_stream(room), buffer=4096)
    reader = connect(server, room_stream(room))
    assert counted(server, SLOW) == 0
    count = 0
    while not counted(server, SLOW):
        assert count < 10_000, "the server keeps it all"
        flood(poster, [room], 50, "x" * 3900, first=count, in_flight=3)
        count += 50
        reader.wait(lambda m, last=f"{count - 1} ": m["text"].startswith(last), timeout=30)
    slow.drain()
    assert len(slow.events) < count
    back = connect(server, room_stream(room), last=slow.last_id)
    last = small_buffer.post(room, "the end")
    for stream in (back, reader):
        stream.wait(lambda message: message == last, timeout=30)
    history = small_buffer.history(room)
    assert bodies(slow) + bodies(back) == bodies(reader) == history
    wait_until(lambda: counted(server, "me_api_streams") == 2)
    assert counted(server, SLOW) == 1
    wires.close()


@pytest.mark.parametrize("source", ["memory", "database"])
def test_a_replay_is_paged_as_it_is_read(small_buffer: World, connect: Open, source: str) -> None:
    """The replay exceeds all buffers while others write, and no client is closed for it."""
    server, room = small_buffer.server, small_buffer.room()
    wires = Wires(server)
    start = small_buffer.post(room)
    flood(wires.open(nick="posts"), [room], 1600, "x" * 3900, in_flight=3)
    if source == "database":
        server.restart(kill=True)
    slow = connect(server, room_stream(room), last=str(start["rev"]), buffer=4096)
    flood(wires.open(nick="posts again"), [room], 100, "live " * 700, first=1600, in_flight=3)
    slow.wait(lambda m: m["text"].startswith("1699 "), timeout=60)
    last = small_buffer.post(room)
    slow.wait(lambda message: message == last, timeout=30)
    assert bodies(slow) == small_buffer.history(room)[1:]
    assert counted(server, SLOW) == 0
    wires.close()


def test_a_client_that_disconnects_in_the_middle_of_its_replay(
    small_buffer: World, connect: Open
) -> None:
    """An event that was received whole is not sent again; one that was not is."""
    server, room = small_buffer.server, small_buffer.room()
    wires = Wires(server)
    start = small_buffer.post(room)
    flood(wires.open(nick="posts again"), [room], 1000, "x" * 2000, in_flight=3)
    last, found = str(start["rev"]), []
    for number in range(12):
        stream = connect(server, room_stream(room), last=last, buffer=4096)
        stream.wait_until(lambda stream=stream, number=number: len(stream.events) > number * 7)
        stream.abort()
        found += bodies(stream)
        last = stream.last_id
    stream = connect(server, room_stream(room), last=last)
    end = small_buffer.post(room, "the end")
    stream.wait(lambda message: message == end, timeout=30)
    assert found + bodies(stream) == small_buffer.history(room)[1:]
    wait_until(lambda: counted(server, "me_api_streams") == 1, what="those that went")
    assert counted(server, SLOW) == 0
    wires.close()
