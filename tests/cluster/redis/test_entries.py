"""What Redis carries of commits is not read, and nothing depends on it."""

from tests.chat.clients import Room
from tests.cluster.conftest import Nodes, Visit, at, make_token
from tests.cluster.redis.nodes import (
    LONG,
    Two,
    carried,
    history,
    metric,
    status,
    wait_doorbell,
)
from tests.cluster.test_access import close_and_open
from tests.support.redis import RedisServer
from tests.support.wait import WAIT_SECONDS, wait_until


def test_what_redis_carries_is_published_as_if_it_had_been_read(
    two: Two, nodes: Nodes, redis: RedisServer, room: Room, visit: Visit
) -> None:
    a = two[0]
    other = nodes.start("only", entry="only_redis", redis_url=redis.url)
    wait_doorbell("redis", other)
    client = visit(other, at(other, room), nick="listener")
    before = carried(other)
    token = make_token(a, "owner", "owner")
    for number in range(20):
        message = room.say(f"{number} räksmörgås \N{GRINNING FACE}", nick="doe", key=f"k{number}")
        if number % 3 == 0:
            room.edit(message["id"], "edited", token=token)
        if number % 5 == 0:
            room.delete(message["id"], token=token)
    end = room.say("the end", nick="doe")
    client.wait_message("the end")
    assert carried(other) - before == 20 + 7 + 4 + 1
    stored = history(room, end["rev"])
    assert [message for message in client.messages() if message["id"] == 2] == [stored[1]]
    assert at(other, room).changes(0)["data"] == room.changes(0)["data"]
    assert metric(other, "me_api_doorbell", kind="redis") == 1
    assert metric(other, "me_api_doorbell", kind="notify") == 0
    # What is too large is announced without its content, and read at once.
    room.say("\N{EURO SIGN}" * LONG, nick="doe")
    client.wait_message("\N{EURO SIGN}" * LONG)
    assert carried(other) - before == 20 + 7 + 4 + 1
    other.stop()


def test_without_redis_messages_arrive_by_notify_and_not_by_the_poll(
    two: Two, nodes: Nodes, redis: RedisServer, room: Room, visit: Visit
) -> None:
    receiver = nodes.start("no-poll", entry="redis_or_notify", redis_url=redis.url)
    wait_doorbell("redis", receiver)
    client = visit(receiver, at(receiver, room), nick="listener")

    def say(text: str) -> None:
        for number in range(3):
            since = len(client.packets)
            room.say(f"{text} {number}", nick="doe")
            sent = f"{text} {number}"
            client.wait_event("message", lambda m, _, sent=sent: m["text"] == sent, since=since)

    def is_carried() -> bool:
        before = carried(receiver)
        say("by Redis")
        return carried(receiver) > before

    wait_until(is_carried, what="entries by Redis")
    # Nobody has noticed it yet.
    redis.pause()
    before = carried(receiver)
    say("while it is paused")
    wait_doorbell("notify", receiver)
    say("when that was noticed")
    redis.stop()
    say("when it was killed")
    assert carried(receiver) == before
    receiver.stop()


def test_what_is_sent_again_or_by_nobody_is_ignored(
    two: Two, redis: RedisServer, room: Room, visit: Visit
) -> None:
    a, b = two
    client = visit(b, at(b, room), nick="listener")
    channel = f"me-api:{status(a)['epoch']}:ring"
    with redis.client.pubsub(ignore_subscribe_messages=True) as spy:
        spy.subscribe(channel)
        assert spy.get_message(timeout=WAIT_SECONDS) is None
        room.say("once", nick="doe")
        sent = spy.get_message(timeout=WAIT_SECONDS)["data"]
    rev = status(a)["rev"]
    forged = sent.replace(b"once", b"forged").replace(str(rev).encode(), str(rev + 1).encode())
    for payload in (sent, forged, sent, b"", b"garbage", b"\xff" * 100):
        assert redis.client.publish(channel, payload) >= len(two)
    room.say("the end", nick="doe")
    client.wait_message("the end")
    assert [message["text"] for message in client.messages()] == ["once", "the end"]


def test_a_guest_never_receives_by_redis_what_is_said_after_the_closing(
    two: Two, room: Room, visit: Visit
) -> None:
    before = carried(two[1])
    close_and_open(two, room, visit, 10)
    assert carried(two[1]) > before
