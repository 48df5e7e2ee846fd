"""Who does not read is closed and counted, and comes back to everything."""

import pytest

from tests.recovery.raw_clients import Wires, flood
from tests.recovery.scenario import World
from tests.sse.conftest import Open, counted, room_stream
from tests.support.sse import bodies
from tests.support.wait import wait_until

SLOW = "me_api_slow_clients_total"


def test_who_does_not_read_is_closed_and_resumes(narrow: World, connect: Open) -> None:
    server, room = narrow.server, narrow.room()
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
    last = narrow.post(room, "the end")
    for stream in (back, reader):
        stream.wait(lambda message: message == last, timeout=30)
    history = narrow.history(room)
    assert bodies(slow) + bodies(back) == bodies(reader) == history
    wait_until(lambda: counted(server, "me_api_streams") == 2)
    assert counted(server, SLOW) == 1
    wires.close()


@pytest.mark.parametrize("source", ["memory", "database"])
def test_a_replay_is_paged_as_it_is_read(narrow: World, connect: Open, source: str) -> None:
    """More than the kernels and the bound hold, while others write: nobody is closed for it."""
    server, room = narrow.server, narrow.room()
    wires = Wires(server)
    start = narrow.post(room)
    flood(wires.open(nick="posts"), [room], 1600, "x" * 3900, in_flight=3)
    if source == "database":
        server.restart(kill=True)
    slow = connect(server, room_stream(room), last=str(start["rev"]), buffer=4096)
    flood(wires.open(nick="posts again"), [room], 100, "live " * 700, first=1600, in_flight=3)
    slow.wait(lambda m: m["text"].startswith("1699 "), timeout=60)
    last = narrow.post(room)
    slow.wait(lambda message: message == last, timeout=30)
    assert bodies(slow) == narrow.history(room)[1:]
    assert counted(server, SLOW) == 0
    wires.close()


def test_a_reader_that_goes_in_the_middle_of_its_replay(narrow: World, connect: Open) -> None:
    """What came whole is not sent again, what did not come is."""
    server, room = narrow.server, narrow.room()
    wires = Wires(server)
    start = narrow.post(room)
    flood(wires.open(nick="posts again"), [room], 1000, "x" * 2000, in_flight=3)
    last, found = str(start["rev"]), []
    for number in range(12):
        stream = connect(server, room_stream(room), last=last, buffer=4096)
        stream.wait_until(lambda stream=stream, number=number: len(stream.events) > number * 7)
        stream.abort()
        found += bodies(stream)
        last = stream.last_id
    stream = connect(server, room_stream(room), last=last)
    end = narrow.post(room, "the end")
    stream.wait(lambda message: message == end, timeout=30)
    assert found + bodies(stream) == narrow.history(room)[1:]
    wait_until(lambda: counted(server, "me_api_streams") == 1, what="those that went")
    assert counted(server, SLOW) == 0
    wires.close()
