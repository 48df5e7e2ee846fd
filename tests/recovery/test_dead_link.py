"""The client reconnects before the server notices that its old connection is dead."""

from tests.recovery.rest_reader import Reader, received
from tests.recovery.scenario import World
from tests.support.node import NodeClient, NodeClients
from tests.support.proxy import Proxy


def test_reconnected_before_the_server_notices(world: World, node: NodeClients) -> None:
    rooms = [world.room(), world.room()]
    with Proxy(world.server.port) as proxy:
        client = node.connect(proxy.url, auth={"nick": "mos"})
        reader = Reader(world, client)
        reader.join(*rooms)
        for _ in range(3):
            since = client.mark()
            proxy.freeze()
            world.stir(*rooms)
            client.destroy()
            assert client.wait_connected(since)["recovered"]
            assert sorted(client.wait_for("ready", since=since)[0]["rooms"]) == sorted(rooms)
        reader.check()
        assert members(client, rooms[0]) == ["mos"]


def test_a_pause_of_the_link_loses_nothing(world: World, node: NodeClients) -> None:
    room = world.room()
    with Proxy(world.server.port) as proxy:
        client = node.connect(proxy.url, auth={"nick": "paused"})
        reader = Reader(world, client)
        reader.join(room)
        proxy.pause()
        last = world.stir(room)
        proxy.resume()
        client.wait_for("message", lambda m, _: m == last)
        reader.check()


def test_cut_by_the_network_again_and_again(world: World, node: NodeClients) -> None:
    room = world.room()
    with Proxy(world.server.port) as proxy:
        client = node.connect(proxy.url, auth={"nick": "reset"})
        reader = Reader(world, client)
        reader.join(room)
        for _ in range(5):
            since = client.mark()
            proxy.refuse = True
            proxy.cut()
            client.wait_for("disconnect", since=since)
            world.stir(room)
            proxy.refuse = False
            assert client.wait_connected(since)["recovered"]
        reader.check()
        assert received(client)


def members(client: NodeClient, room: str) -> list[str]:
    """Return the nicks of a room's members."""
    return [member["nick"] for member in client.call("members", {"room": room})["data"]]
