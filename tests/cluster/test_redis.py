"""Redis between nodes: what it carries is not read, and nothing depends on it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.chat.clients import Room
from tests.cluster.conftest import Nodes, Visit, at, make_token
from tests.cluster.test_access import close_and_open
from tests.deploy.observers import LongPollObserver, NativeObserver, Observer, SseObserver
from tests.recovery.rest_reader import check_order
from tests.support.postgresql import connect
from tests.support.redis import RedisServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until

Two = tuple[LiveServer, LiveServer]
QUICK = "quick_redis"
PATIENCE = 60
LONG = 100_000

# Redis is waited for in most tests, and the machine may be busy.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _redis_runs(redis: RedisServer) -> Iterator[None]:
    """Start Redis again, whatever a test has done with it."""
    yield
    if redis.runs:
        redis.resume()
    redis.start()


@pytest.fixture
def two(nodes: Nodes, redis: RedisServer) -> Two:
    """Return two nodes that use Redis."""
    settings = {"redis_url": redis.url, "message_max_length": LONG}
    made = tuple(nodes.start(name, entry=QUICK, **settings) for name in ("a", "b"))
    wait_doorbell("redis", *made)
    return made  # type: ignore[return-value]


def status(server: LiveServer) -> dict[str, Any]:
    """Return what a node says of itself."""
    reply = server.get("/readyz")
    assert reply.status == 200, reply.body
    body: dict[str, Any] = reply.json["data"]
    return body


def wait_doorbell(doorbell: str, *servers: LiveServer) -> None:
    """Wait until these nodes use a doorbell."""
    sign = f'"doorbell":"{doorbell}"'.encode()
    for server in servers:
        wait_until(lambda one=server: sign in one.get("/readyz").body, PATIENCE, doorbell)


def metric(server: LiveServer, name: str, **labels: str) -> float:
    """Return the value of a metric."""
    families = text_string_to_metric_families(server.get("/metrics").body.decode())
    samples = [sample for family in families for sample in family.samples]
    (value,) = [s.value for s in samples if s.name == name and s.labels == labels]
    return float(value)


def carried(server: LiveServer) -> float:
    return metric(server, "me_api_carried_changes_total")


def history(room: Room) -> list[dict[str, Any]]:
    """Return all messages of a room."""
    messages: list[dict[str, Any]] = []
    while True:
        after = messages[-1]["id"] if messages else 0
        page = room.page(f"after={after}&limit=100")["data"]
        messages += page
        if not page:
            return messages


@contextmanager
def observers(room: Room, *servers: LiveServer) -> Iterator[list[Observer]]:
    """Follow a room at each node with clients of several kinds."""
    since = status(servers[0])["rev"]
    kinds = (SseObserver, NativeObserver, LongPollObserver)
    made: list[Observer] = [kind(server, room.name, since) for server in servers for kind in kinds]
    try:
        yield made
    finally:
        for observer in made:
            observer.close()


def post_while(room: Room, servers: Two, during: Callable[[], object]) -> int:
    """Post at all nodes while something is done; return how many messages."""
    done = threading.Event()

    def post(server: LiveServer) -> int:
        number = 0
        while not done.wait(0.01):
            number += 1
            at(server, room).say(f"{number} at {server.port}", nick=f"n{server.port}")
        return number

    with ThreadPoolExecutor() as pool:
        running = [pool.submit(post, server) for server in servers for _ in range(2)]
        try:
            during()
        finally:
            done.set()
    return sum(future.result(PATIENCE) for future in running)


def check_all(room: Room, made: list[Observer], posted: int) -> None:
    """Check that all observers have all messages, once, in order, as REST returns them."""
    stored = history(room)
    assert len(stored) == posted
    for observer in made:
        wait_until(lambda one=observer: len(one.messages) >= posted, PATIENCE, str(observer))
        check_order(observer.messages)
        assert observer.messages == stored, type(observer).__name__


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
    room.say("the end", nick="doe")
    client.wait_message("the end")
    assert carried(other) - before == 20 + 7 + 4 + 1
    stored = history(room)
    assert [message for message in client.messages() if message["id"] == 2] == [stored[1]]
    assert at(other, room).changes(0)["data"] == room.changes(0)["data"]
    assert metric(other, "me_api_doorbell", kind="redis") == 1
    assert metric(other, "me_api_doorbell", kind="notify") == 0
    # What is too large is announced without its content, and read at once.
    room.say("\N{EURO SIGN}" * LONG, nick="doe")
    client.wait_message("\N{EURO SIGN}" * LONG)
    assert carried(other) - before == 20 + 7 + 4 + 1
    other.stop()


def stop(redis: RedisServer, two: Two) -> None:
    redis.stop()
    wait_doorbell("notify", *two)
    assert {status(server)["redis"] for server in two} == {"away"}
    redis.start()


def flush(redis: RedisServer, two: Two) -> None:
    redis.client.flushall()
    assert [status(server)["doorbell"] for server in two] == ["redis", "redis"]


def cut(redis: RedisServer, two: Two) -> None:
    for _ in range(3):
        wait_until(lambda: len(redis.clients()) == 4, PATIENCE, "the connections of both nodes")
        redis.cut_all()
    wait_doorbell("notify", *two)


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
    assert {status(server)["redis"] for server in two} == {"up"}


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

    wait_until(is_carried, PATIENCE, "entries by Redis")
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


def test_nothing_is_lost_doubled_or_out_of_order_where_redis_does_all_that_to_messages(
    two: Two, nodes: Nodes, redis: RedisServer, room: Room
) -> None:
    lossy = nodes.start("lossy", entry="lossy_redis", redis_url=redis.url)
    wait_doorbell("redis", lossy)
    before = carried(two[1])
    servers = (lossy, two[0])
    with observers(room, *two, lossy) as made:
        posted = post_while(
            room, servers, lambda: wait_until(lambda: carried(two[1]) > before + 99, PATIENCE)
        )
        check_all(room, made, posted)
    lossy.stop()


def test_what_is_sent_again_or_by_nobody_is_ignored(
    two: Two, redis: RedisServer, room: Room, visit: Visit
) -> None:
    a, b = two
    client = visit(b, at(b, room), nick="listener")
    channel = f"me-api:{status(a)['epoch']}:ring"
    with redis.client.pubsub(ignore_subscribe_messages=True) as spy:
        spy.subscribe(channel)
        assert spy.get_message(timeout=5) is None
        room.say("once", nick="doe")
        sent = spy.get_message(timeout=5)["data"]
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
            wait_until(
                lambda line=line: "data" in sender.do("post", room=room.name, text=line), PATIENCE
            )
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
    assert server.wait(30) == 1
    (line,) = server.log.splitlines()
    assert line.startswith("me-api cannot start: ME_API_REDIS_URL: ")


def test_in_another_epoch_redis_is_used_again(two: Two, room: Room, visit: Visit) -> None:
    a, b = two
    a.query("UPDATE log SET epoch = 'another', head = head + 1000000")
    for server in two:
        wait_until(lambda one=server: one.get("/readyz").status == 200, PATIENCE, "being ready")
        wait_until(lambda one=server: status(one)["epoch"] == "another", PATIENCE, "the epoch")
    wait_doorbell("redis", *two)
    client = visit(b, at(b, room), nick="listener")
    before = carried(b)

    def is_carried() -> bool:
        room.say(nick="doe")
        return carried(b) > before

    wait_until(is_carried, PATIENCE, "entries by Redis")
    client.wait_event("message")
