"""Soft messages between nodes, through Redis and without it."""

from tests.chat.clients import Room
from tests.cluster.conftest import Nodes, Visit, at
from tests.cluster.redis.nodes import Two, status, wait_doorbell
from tests.support.postgresql import connect
from tests.support.redis import RedisServer
from tests.support.wait import wait_until


def test_soft_messages_pass_through_redis_alone(
    nodes: Nodes, redis: RedisServer, two: Two, room: Room, visit: Visit
) -> None:
    servers = [nodes.start(f"soft-{n}", entry="only_redis", redis_url=redis.url) for n in "ab"]
    wait_doorbell("redis", *servers)
    sender, receiver = (visit(s, at(s, room), nick=f"n{n}") for n, s in enumerate(servers))
    names = {"soft-a", "soft-b"}
    with connect(nodes.url) as listener:
        listener.execute('LISTEN "me_api_soft"')
        for _ in range(3):
            since = len(receiver.packets)
            sender.do("typing", room=room.name)
            receiver.wait_event("typing", since=since)
        sent = [notify.payload.split(" ")[1] for notify in listener.notifies(timeout=0.1)]
    assert not names.intersection(sent)
    for server in servers:
        server.stop()


def test_soft_messages_arrive_once_also_where_a_node_is_without_redis(
    two: Two, nodes: Nodes, redis: RedisServer, room: Room, visit: Visit
) -> None:
    a, b = two
    without = nodes.start("without")
    assert "redis" not in status(without)
    sender = visit(a, room, nick="mos")
    others = [visit(s, at(s, room), nick=f"n{n}") for n, s in enumerate((b, without))]

    def send(text: str) -> None:
        for number, receiver in enumerate(others):
            line = f'/msg "n{number}" {text}'
            wait_until(lambda line=line: "data" in sender.do("post", room=room.name, text=line))
            receiver.wait_event("notice", lambda body: body["text"] == f"mos to you: {text}")

    send("first")
    redis.stop()
    send("second")
    wait_doorbell("notify", a, b)
    send("third")
    redis.start()
    wait_doorbell("redis", a, b)
    send("fourth")
    for receiver in others:
        texts = [e[1]["text"] for e in receiver.events("/chat") if e[0] == "notice"]
        assert texts == [f"mos to you: {n}" for n in ("first", "second", "third", "fourth")]
    without.stop()
