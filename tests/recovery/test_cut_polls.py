"""F20b: polls that are cut at any moment lose nothing and repeat nothing."""

from random import Random

import pytest

from tests.conftest import MakeServer
from tests.recovery.rest_reader import Reader, received
from tests.recovery.scenario import World
from tests.recovery.test_stock_client import WAYS
from tests.support.node import NodeClients
from tests.support.proxy import Proxy

ROUNDS = 12


@pytest.mark.parametrize("way", ["polling", "upgraded"])
def test_every_message_arrives_once_and_in_order(
    make_server: MakeServer, node: NodeClients, way: str
) -> None:
    # A stock client whose WebSocket is cut while it upgrades polls no more; it reconnects when the
    # next ping is overdue.
    world = World(make_server(ping_interval=0.5, ping_timeout=2))
    random = Random(way)
    room = world.room()
    with Proxy(world.server.port) as proxy:
        client = node.connect(proxy.url, auth={"nick": f"cut-{way}"}, transports=WAYS[way])
        reader = Reader(world, client)
        reader.join(room)
        sent = []
        for _ in range(ROUNDS):
            for _ in range(random.randint(1, 20)):
                sent.append(world.post(room))
                if not random.randrange(8):
                    proxy.cut()
            # A cut between two polls hits no connection, and goes unnoticed.
            proxy.cut()
            sent.append(world.post(room, "the last one of a round"))
            last = sent[-1]
            client.wait_for("message", lambda message, _, last=last: message == last)
        assert received(client) == sent
        assert client.state()["recovered"]
