"""The server is killed again and again under load: each acknowledged message is stored once."""

import random
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import pytest

from tests.conftest import MakeServer
from tests.promise.listeners import WireListener
from tests.promise.writers import Writer, rest_writer, stock_writer, wire_writer
from tests.recovery.rest_reader import built, check_order, received
from tests.recovery.scenario import Message, World
from tests.support.node import NodeClient, NodeClients
from tests.support.python_client import PythonClient
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until

KILLS = 20


# The Python client leaves a socket open when the server dies before its first packet.
LEAK = "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"


@pytest.mark.filterwarnings(LEAK)
def test_killed_twenty_times_under_load(make_server: MakeServer, node: NodeClients) -> None:
    world = World(make_server())
    server = world.server
    rooms = [world.room(), world.room()]
    stock = [node.connect(server.url, transports=[way]) for way in ("websocket", "polling")]
    for client in stock:
        for room in rooms:
            assert client.call("join", {"room": room})["data"]["messages"] == []
    wire = WireListener(server)
    wire.join(rooms)
    with all_writers(server, node, rooms) as writers:
        kill_under_load(server, writers, wire)
    last = world.post(rooms[0], "the end")
    check_stored(world, rooms, writers)
    check_numbers(server)
    wire.finish(last)
    check_received(world, rooms, wire.events)
    assert len(wire.pids) == 1
    for client in stock:
        client.wait_for("message", lambda m, _: m == last)
        check_received(world, rooms, received(client))
        assert all(state["recovered"] for (state,) in client.args_of("connect")[1:])


@contextmanager
def all_writers(server: LiveServer, node: NodeClients, rooms: list[str]) -> Iterator[list[Writer]]:
    """Make writers for REST and for every kind of client."""
    writers = [rest_writer(server, f"rest-{n}", rooms) for n in range(2)]
    writers.append(wire_writer(server, "wire", rooms))
    for way in ("websocket", "polling"):
        auth = {"nick": f"js-{way}", "guest": secrets.token_hex(16)}
        client: NodeClient = node.connect(server.url, auth=auth, transports=[way])
        writers.append(stock_writer(client, f"js-{way}", rooms))
    with PythonClient(server.url, auth={"nick": "py", "guest": secrets.token_hex(16)}) as python:
        writers.append(stock_writer(python, "py", rooms))
        try:
            yield writers
        finally:
            for writer in writers:
                writer.close()


def kill_under_load(server: LiveServer, writers: list[Writer], wire: WireListener) -> None:
    """Run all writers, kill the server at random moments, and stop the writers at the end."""
    seed = secrets.randbits(32)
    print(f"random moments of seed {seed}")
    moments = random.Random(seed)
    stop, stop_reading = threading.Event(), threading.Event()
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(wire.run, stop_reading)
        writing = [pool.submit(writer.run, stop) for writer in writers]
        try:
            for _ in range(KILLS):
                kill_at_a_moment(server, writers, moments)
        finally:
            stop.set()
            results = [run.exception(WAIT_SECONDS) for run in writing]
            stop_reading.set()
        assert results == [None] * len(writers)
        reading.result(WAIT_SECONDS)


def kill_at_a_moment(server: LiveServer, writers: list[Writer], moments: random.Random) -> None:
    """Kill and restart the server after a random number of messages, or during its startup."""
    goal = count(writers) + moments.randrange(1, 150)
    wait_until(lambda: count(writers) >= goal, what="progress of the writers")
    server.kill()
    if moments.random() < 0.2:
        server.spawn()
        wait_until(lambda: count(writers) > goal or reachable(server))
        server.kill()
    server.start()


def reachable(server: LiveServer) -> bool:
    """Return whether the server answers a request."""
    try:
        return server.get("/chat/rooms", timeout=1).status > 0
    except OSError:
        return False


def count(writers: list[Writer]) -> int:
    """Return the number of acknowledged messages."""
    return sum(len(writer.acknowledged) for writer in writers)


def check_stored(world: World, rooms: list[str], writers: list[Writer]) -> None:
    """Check that each acknowledged message is stored once, unchanged; ids have no gaps."""
    stored: list[Message] = []
    for room in rooms:
        history = world.history(room)
        assert [message["id"] for message in history] == list(range(1, len(history) + 1))
        stored += history
    known = {(message["nick"], message["text"]): message for message in stored}
    assert len(known) == len(stored), "a message is doubled"
    acknowledged = [message for writer in writers for message in writer.acknowledged]
    assert len(acknowledged) + 1 == len(stored)
    for message in acknowledged:
        assert known[message["nick"], message["text"]] == message


def check_numbers(server: LiveServer) -> None:
    """Check that revs are unique, rise with the ids of a room, and end at the head."""
    rows = server.query("select room_id, id, rev, born from messages order by room_id, id")
    ((head,),) = server.query("select head from log")
    assert sorted(rev for *_, rev, _ in rows) == list(range(1, head + 1))
    assert all(rev == born for *_, rev, born in rows)
    for (room, _, rev, _), (next_room, _, next_rev, _) in pairwise(rows):
        assert room != next_room or rev < next_rev


def check_received(world: World, rooms: list[str], events: list[Message]) -> None:
    """Compare a client's events with REST: each message arrived once, in order."""
    check_order(events)
    for room in rooms:
        assert built([], events, room) == world.history(room)
