"""Whatever Redis does to messages, nothing is lost, doubled or out of order."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.chat.clients import Room
from tests.cluster.conftest import Nodes, Visit, at
from tests.cluster.redis.nodes import (
    QUICK,
    Two,
    carried,
    check_all,
    observers,
    post_while,
    says,
    status,
    wait_doorbell,
)
from tests.support.redis import RedisServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until


def stop(redis: RedisServer, two: Two) -> None:
    redis.stop()
    wait_doorbell("notify", *two)
    assert {status(server)["redis"] for server in two} == {"away"}
    redis.start()


def flush(redis: RedisServer, two: Two) -> None:
    redis.client.flushall()


def cut_until_notified(redis: RedisServer, server: LiveServer) -> bool:
    redis.cut_all()
    return says(server, "doorbell", "notify")


def cut(redis: RedisServer, two: Two) -> None:
    for _ in range(3):
        wait_until(lambda: len(redis.clients()) == 4, what="the connections of both nodes")
        redis.cut_all()
    for server in two:
        # Again: they are soon connected, and then use Redis.
        wait_until(partial(cut_until_notified, redis, server), what="notify")


def pause(redis: RedisServer, two: Two) -> None:
    redis.pause()
    wait_doorbell("notify", *two)
    redis.resume()


@pytest.mark.parametrize("fault", [stop, flush, cut, pause])
def test_nothing_is_lost_doubled_or_out_of_order_whatever_redis_does(
    two: Two, redis: RedisServer, room: Room, fault: Callable[[RedisServer, Two], None]
) -> None:
    def during() -> None:
        fault(redis, two)
        wait_doorbell("redis", *two)

    with observers(room, *two) as made:
        posted = post_while(room, two, during)
        check_all(room, made, posted)
    wait_until(lambda: {status(server)["redis"] for server in two} == {"up"}, what="Redis")


def test_nothing_is_lost_doubled_or_out_of_order_where_redis_does_all_that_to_messages(
    two: Two, nodes: Nodes, redis: RedisServer, room: Room
) -> None:
    lossy = nodes.start("lossy", entry="lossy_redis", redis_url=redis.url)
    wait_doorbell("redis", lossy)
    before = carried(two[1])

    def during() -> None:
        # How many of them Redis carries depends on how busy the machine is.
        wait_until(lambda: room.get().json["data"]["last_id"] > 200, what="two hundred messages")
        wait_until(lambda: carried(two[1]) > before, what="one by Redis")

    with observers(room, *two, lossy) as made:
        posted = post_while(room, (lossy, two[0]), during)
        check_all(room, made, posted)
    lossy.stop()


def test_a_node_starts_without_redis_and_uses_it_when_it_is_there(
    nodes: Nodes, redis: RedisServer, room: Room
) -> None:
    redis.stop()
    late = nodes.start("late", entry=QUICK, redis_url=redis.url)
    wait_doorbell("notify", late)
    at(late, room).say(nick="doe")
    redis.start()
    wait_doorbell("redis", late)
    late.stop()
    assert late.log.count("Redis is not used") == 1, late.log


@pytest.mark.parametrize("url", ["redis://127.0.0.1:port", "redis://127.0.0.1?ssl_nothing=1"])
def test_a_url_of_redis_that_is_not_valid_ends_the_start_with_one_line(
    nodes: Nodes, url: str
) -> None:
    server = nodes.make("invalid", redis_url=url)
    server.spawn()
    assert server.wait() == 1
    (line,) = server.log.splitlines()
    assert line.startswith("me-api cannot start: ME_API_REDIS_URL: ")


def test_in_another_epoch_redis_is_used_again(two: Two, room: Room, visit: Visit) -> None:
    a, b = two
    a.query("UPDATE log SET epoch = 'another', head = head + 1000000")
    for server in two:
        wait_until(lambda one=server: says(one, "epoch", "another"), what="the epoch")
    wait_doorbell("redis", *two)
    client = visit(b, at(b, room), nick="listener")
    before = carried(b)

    def is_carried() -> bool:
        room.say(nick="doe")
        return carried(b) > before

    wait_until(is_carried, what="entries by Redis")
    client.wait_event("message")
