"""Events of one connection are handled in the order of sending, and delay no other connection."""

import pytest

from tests.recovery.scenario import World, disk_busy
from tests.support.node import NodeClients

COUNT = 200


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_stored_in_the_order_of_sending(world: World, node: NodeClients, transport: str) -> None:
    room = world.room()
    client = node.connect(world.server.url, auth={"nick": "fast"}, transports=[transport])
    texts = [str(number) for number in range(COUNT)]
    acks = [client.start_call("post", {"room": room, "text": text}) for text in texts]
    answers = [ack.result()["data"] for ack in acks]
    assert [answer["text"] for answer in answers] == texts
    assert [answer["id"] for answer in answers] == list(range(1, COUNT + 1))
    assert world.history(room) == answers


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_sent_while_away_is_stored_in_order(
    world: World, node: NodeClients, transport: str
) -> None:
    """The stock client buffers what is sent while disconnected, and sends it all at once."""
    room = world.room()
    client = node.connect(world.server.url, auth={"nick": "away"}, transports=[transport])
    since = client.mark()
    client.hold()
    client.cut()
    client.wait_for("disconnect", since=since)
    texts = [str(number) for number in range(COUNT)]
    acks = [client.start_call("post", {"room": room, "text": text}) for text in texts]
    client.release()
    assert all("data" in ack.result() for ack in acks)
    assert [message["text"] for message in world.history(room)] == texts


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_edits_and_deletion_in_the_order_of_sending(
    world: World, node: NodeClients, transport: str
) -> None:
    room = world.room()
    client = node.connect(world.server.url, auth={"nick": "edits"}, transports=[transport])
    target = {"room": room, "id": 1}
    acts = [("post", {"room": room, "text": "new"})]
    acts += [("edit", {**target, "text": str(number)}) for number in range(20)]
    acts += [("delete", target), ("edit", {**target, "text": "too late"})]
    acks = [client.start_call(*act) for act in acts]
    *answers, late = [ack.result() for ack in acks]
    shown = [(answer["data"]["text"], answer["data"]["deleted"]) for answer in answers]
    assert shown == [("new", False), *((str(n), False) for n in range(20)), (None, True)]
    assert late["errors"][0]["code"] == "deleted"


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_join_leave_join_ends_joined(world: World, node: NodeClients, transport: str) -> None:
    room = world.room()
    client = node.connect(world.server.url, auth={"nick": "restless"}, transports=[transport])
    for joins in (True, False):
        events = ["join", "leave"] * 10 + (["join"] if joins else [])
        acks = [client.start_call(event, {"room": room}) for event in events]
        assert all("data" in ack.result() for ack in acks)
        members = client.call("members", {"room": room})["data"]
        assert [member["nick"] for member in members] == (["restless"] if joins else [])
        since = client.mark()
        posted = world.post(room)
        client.call("members", {"room": room})
        assert client.args_of("message", since) == ([[posted, str(posted["rev"])]] * joins)


def test_joined_at_the_end_also_for_recovery(world: World, node: NodeClients) -> None:
    room = world.room()
    client = node.connect(world.server.url, auth={"nick": "restless"})
    for event in ["join", "leave", "join"]:
        last = client.start_call(event, {"room": room})
    last.result()
    since = client.mark()
    world.server.restart(kill=True)
    assert client.wait_connected(since)["recovered"]
    assert client.wait_for("ready", since=since)[0]["rooms"] == [room]


def test_connections_do_not_wait_for_each_other(world: World, node: NodeClients) -> None:
    """One waits for a disk that another process keeps busy; the other reads meanwhile."""
    room = world.room()
    posted = world.post(room)
    writer = node.connect(world.server.url, auth={"nick": "writes"})
    reader = node.connect(world.server.url, auth={"nick": "reads"})
    with disk_busy(world):
        acks = [writer.start_call("post", {"room": room, "text": str(n)}) for n in range(10)]
        refused = writer.call("post", {"room": room})  # It comes behind those, and needs no disk.
        assert refused["errors"][0]["source"] == "text"
        for _ in range(10):
            assert reader.call("history", {"room": room})["data"] == [posted]
        page = world.server.get(f"/chat/rooms/{room}/messages")
        assert page.json["data"] == [posted]
        assert not any(ack.done() for ack in acks)
    texts = [ack.result()["data"]["text"] for ack in acks]
    assert texts == [str(number) for number in range(10)]
