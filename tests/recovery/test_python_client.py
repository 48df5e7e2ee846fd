"""A client without built-in recovery stores one position and rejoins from there."""

from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.recovery.rest_reader import built, check_order, received
from tests.recovery.scenario import Message, World
from tests.support.node import NodeClients
from tests.support.python_client import PythonClient


class Frontend:
    """The Python client as a frontend uses it: after each reconnect, it joins from its cursor."""

    def __init__(self, world: World, client: PythonClient) -> None:
        self.world = world
        self.client = client
        self.epoch = client.wait_for("ready")[0]["epoch"]
        self.answers: list[Message] = []
        self.joins: list[dict[str, Any]] = []

    @property
    def cursor(self) -> int:
        """Return the newest position that the client has received."""
        told = [answer["rev"] for answer in self.joins]
        return max(told + [message["rev"] for message in received(self.client)])

    def join(self, room: str, **options: Any) -> None:
        """Join a room, reading page by page."""
        answer = {"more": True}
        while answer["more"]:
            answer = self.client.call("join", {"room": room, **options})["data"]
            self.joins.append(answer)
            self.answers += answer["messages"]
            options = {**options, "since": answer["rev"], "epoch": answer["epoch"]}

    def rejoin(self, room: str, since: int, mark: int, limit: int = 50) -> None:
        """Join again after the client has reconnected by itself."""
        self.client.wait_for("ready", since=mark)
        self.join(room, since=since, epoch=self.epoch, limit=limit)
        assert self.joins[-1]["recovered"]

    def check(self, room: str) -> None:
        """Compare the room with REST."""
        last = self.world.post(room, "the end")
        self.client.wait_for("message", lambda m, _: m == last)
        check_order(received(self.client))
        assert built(self.answers, received(self.client), room) == self.world.history(room)


@pytest.mark.parametrize("limit", [200, 2])
def test_join_from_the_last_position(world: World, limit: int) -> None:
    room, elsewhere = world.room(), world.room()
    world.stir(room)
    with PythonClient(world.server.url, auth={"nick": "python"}) as client:
        frontend = Frontend(world, client)
        frontend.join(room)
        for _ in range(3):
            last = world.stir(elsewhere, room)
            client.wait_for("message", lambda m, _, last=last: m == last)
            mark, since = client.mark(), frontend.cursor
            world.server.restart(kill=True)
            world.stir(elsewhere, room)
            frontend.rejoin(room, since, mark, limit)
        frontend.check(room)
        brought = [message["rev"] for message in frontend.answers]
        assert len(brought) == len(set(brought)), "a join brought a change twice"
        assert not set(brought) & {message["rev"] for message in received(client)}


def test_a_client_that_polls_misses_nothing_over_a_restart(world: World) -> None:
    room = world.room()
    with PythonClient(world.server.url, auth={"nick": "p"}, transports=("polling",)) as client:
        frontend = Frontend(world, client)
        frontend.join(room)
        mark, since = client.mark(), frontend.cursor
        world.server.restart(kill=True)
        world.stir(room)
        frontend.rejoin(room, since, mark)
        frontend.check(room)


def test_a_position_of_another_log(make_server: MakeServer, node: NodeClients) -> None:
    """The response is the newest page, and says that it is."""
    world = World(make_server())
    posted = world.post("lobby")
    client = node.connect(world.server.url, auth={"nick": "foreign"})
    told = client.wait_for("ready")[0]
    for cursor in (
        {"since": told["rev"], "epoch": "another"},
        {"since": told["rev"] + 1, "epoch": told["epoch"]},
        {"since": told["rev"] + 1},
    ):
        answer = client.call("join", {"room": "lobby", **cursor})["data"]
        assert not answer["recovered"]
        assert answer["messages"] == [posted]
        assert (answer["rev"], answer["epoch"]) == (told["rev"], told["epoch"])
