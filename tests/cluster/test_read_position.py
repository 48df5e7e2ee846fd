"""A client that posts at one node and reads at another finds its post there, with X-Rev."""

from collections.abc import Iterator

import pytest

from tests.chat.clients import Room
from tests.cluster.conftest import Nodes, Visit, at
from tests.support.server import LiveServer

Two = tuple[LiveServer, LiveServer]


@pytest.fixture
def on_demand(nodes: Nodes) -> Iterator[LiveServer]:
    """Start a node that reads what others have committed only if it has to."""
    made = nodes.start("on-demand", entry="on_demand")
    yield made
    made.stop()


def test_a_get_waits_for_what_was_committed_at_another_node(
    nodes: Nodes, on_demand: LiveServer, visit: Visit
) -> None:
    lobby = Room(nodes.start("a"), "lobby")
    follower = visit(on_demand, at(on_demand, lobby), nick="follower")
    path = f"{lobby.url}/messages"
    for number in range(3):
        posted = lobby.say(str(number), nick="doe")
        before = on_demand.get(path).json
        assert before["rev"] < posted["rev"]
        page = on_demand.get(path, headers={"X-Rev": str(posted["rev"])}).json
        assert page["rev"] == posted["rev"]
        assert page["data"][-1] == posted
        # It was published, so that a subscriber has it, too.
        follower.wait_message(str(number))
        one = on_demand.get(f"{path}/{posted['id']}", headers={"X-Rev": str(posted["rev"])})
        assert one.json["data"] == posted
    for path in ("/chat/rooms/lobby", "/chat/rooms", "/reports"):
        posted = lobby.say(f"before {path}", nick="doe")
        assert on_demand.get(path, headers={"X-Rev": str(posted["rev"])}).status == 200
        assert on_demand.get("/chat/rooms/lobby/messages").json["rev"] == posted["rev"]
