"""If recovery cannot be complete, the stock client gets a new session and no partial replay."""

from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.recovery.rest_reader import Reader, opening
from tests.recovery.scenario import World
from tests.support.node import NodeClient, NodeClients
from tests.support.wait import wait_until

SECOND = 1 / 3600  # of the hours that the setting is in
LONG_AGO = "2020-01-01T00:00:00.000Z"


def query(world: World, sql: str) -> list[Any]:
    """Query the database of the running server."""
    return world.server.query(sql)


def seen(world: World) -> str:
    """Return when the only session was last seen."""
    ((text,),) = query(world, "select seen from sessions")
    return str(text)


def check_new_session(client: NodeClient, pid: str, since: int) -> None:
    """Check that the client got a new session: a new pid, no rooms, nothing replayed."""
    state = client.wait_connected(since)
    opened = opening(client, since)
    assert [event.name for event in opened] == ["ready"]
    assert not state["recovered"]
    assert state["pid"] not in (None, pid)
    assert opened[-1].args[0]["rooms"] == []


def disconnect(client: NodeClient) -> int:
    """Disconnect the client until it is released."""
    since = client.mark()
    client.hold()
    client.destroy()
    client.wait_for("disconnect", since=since)
    return since


def test_rule_6_window_passed(make_server: MakeServer, node: NodeClients) -> None:
    world = World(make_server(recovery_hours=SECOND))
    room = world.room()
    client = node.connect(world.server.url, auth={"nick": "late"})
    reader = Reader(world, client)
    reader.join(room)
    pid = client.state()["pid"]
    since = disconnect(client)
    world.stir(room)
    wait_until(lambda: query(world, "select * from sessions") == [], what="forgetting the session")
    client.release()
    check_new_session(client, pid, since)
    reader.join(room)
    reader.check()


def test_rule_6_window_passed_while_the_server_was_down(
    make_server: MakeServer, node: NodeClients
) -> None:
    world = World(make_server(recovery_hours=SECOND))
    client = node.connect(world.server.url, auth={"nick": "late"})
    Reader(world, client).join(world.room())
    pid = client.state()["pid"]
    client.hold()
    since = client.mark()
    world.server.kill()
    world.server.query(f"update sessions set seen = '{LONG_AGO}'")
    world.server.start()
    client.release()
    check_new_session(client, pid, since)


def test_rule_4_session_older_than_the_window(make_server: MakeServer, node: NodeClients) -> None:
    """The window begins at the disconnect, however long ago the session began."""
    # It passes between the disconnect and the reconnect if the machine is busy for as long.
    world = World(make_server(recovery_hours=40 * SECOND))
    room = world.room()
    client = node.connect(world.server.url, auth={"nick": "punctual"})
    reader = Reader(world, client)
    reader.join(room)
    # As if no heartbeat had recorded it since it began, longer ago than the window.
    world.server.query(f"update sessions set seen = '{LONG_AGO}'")
    wait_until(lambda: seen(world) != LONG_AGO, what="a heartbeat")
    since = disconnect(client)
    world.stir(room)
    client.release()
    assert client.wait_connected(since)["recovered"]
    reader.check()


def test_rule_6_over_the_limit(make_server: MakeServer, node: NodeClients) -> None:
    world = World(make_server(recovery_limit=5))
    rooms = [world.room(), world.room()]
    client = node.connect(world.server.url, auth={"nick": "limit"})
    reader = Reader(world, client)
    reader.join(*rooms)
    pid = client.state()["pid"]
    since = disconnect(client)
    for number in range(5):
        world.post(rooms[number % 2])
    client.release()
    assert client.wait_connected(since)["recovered"]
    since = disconnect(client)
    for number in range(6):
        world.post(rooms[number % 2])
    client.release()
    check_new_session(client, pid, since)
    reader.join(*rooms)
    reader.check()


def test_rule_6_over_the_limit_after_a_restart(make_server: MakeServer, node: NodeClients) -> None:
    """Changes that are not in memory are counted in the database."""
    world = World(make_server(recovery_limit=5))
    room, elsewhere = world.room(), world.room()
    client = node.connect(world.server.url, auth={"nick": "limit"})
    Reader(world, client).join(room)
    pid = client.state()["pid"]
    for count, recovered in ((5, True), (6, False)):
        since = disconnect(client)
        for _ in range(count):
            world.post(room)
            world.post(elsewhere)
        world.server.restart(kill=True)
        client.release()
        if recovered:
            assert client.wait_connected(since)["recovered"]
    check_new_session(client, pid, since)


@pytest.mark.sqlite
def test_rule_6_database_replaced(make_server: MakeServer, node: NodeClients) -> None:
    world = World(make_server())
    client = node.connect(world.server.url, auth={"nick": "replaced"})
    Reader(world, client).join("lobby")
    epoch = client.wait_for("ready")[0]["epoch"]
    world.post("lobby")
    pid, since = client.state()["pid"], client.mark()
    client.hold()
    world.server.kill()
    for file in world.server.folder.glob("me-api.sqlite*"):
        file.unlink()
    anew = World(world.server.start())
    anew.post("lobby", "of another log")
    anew.post("lobby", "of another log, too")
    client.release()
    check_new_session(client, pid, since)
    assert opening(client, since)[-1].args[0]["epoch"] != epoch


@pytest.mark.sqlite
def test_rule_6_database_put_back_to_an_earlier_state(
    make_server: MakeServer, node: NodeClients
) -> None:
    """An offset beyond the end is not of this log, though its epoch and session are."""
    world = World(make_server())
    client = node.connect(world.server.url, auth={"nick": "backup"})
    Reader(world, client).join("lobby")
    client.hold()
    world.server.stop()
    kept = {file: file.read_bytes() for file in world.server.folder.glob("me-api.sqlite*")}
    world.server.start()
    since = client.mark()
    client.release()
    assert client.wait_connected(since)["recovered"]
    last = world.post("lobby")
    client.wait_for("message", lambda m, _: m == last)
    pid = client.state()["pid"]
    client.hold()
    world.server.kill()
    for file in world.server.folder.glob("me-api.sqlite*"):
        file.unlink()
    for file, content in kept.items():
        file.write_bytes(content)
    world.server.start()
    since = client.mark()
    client.release()
    check_new_session(client, pid, since)
