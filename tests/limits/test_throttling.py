"""Clients that request too much, or cause many errors, are read more slowly (F21)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.limits.conftest import MakeSender
from tests.limits.senders import NativeSender, RestSender, SocketSender, forwarded, refusals
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wire import WireClient

ADDRESS, SAME, OTHER = "2001:db8::1", "2001:db8::2", "192.0.2.1"
FREE = 20
COUNT = FREE + 10
RATES = f"refusal=0.01/{FREE},post=0.01/1"

Flood = Callable[[LiveServer], Any]


def native(server: LiveServer) -> NativeClient:
    """Post over the rate limit on a native WebSocket."""
    client = NativeClient(server, "/ws/chat?nick=anna", headers=forwarded(ADDRESS))
    for number in range(1 + COUNT):
        client.say("hej", key=f"{number}")
    return client


def broadcast(server: LiveServer) -> NativeClient:
    client = NativeClient(server, "/ws/broadcast", headers=forwarded(ADDRESS))
    for _ in range(1 + COUNT):
        client.send("hej")
    return client


def emit(
    server: LiveServer,
    namespace: str,
    event: str,
    *args: Any,
    count: int = COUNT,
    address: str = ADDRESS,
) -> WireClient:
    """Emit an event many times at once."""
    client = WireClient(server.host, server.port, headers=forwarded(address))
    client.connect(namespace, {})
    for number in range(count):
        client.emit(namespace, event, *args, ack_id=number)
    return client


def send(server: LiveServer, *packets: str | bytes) -> WireClient:
    """Send packets that never reach a handler (F16, F23)."""
    client = WireClient(server.host, server.port, headers=forwarded(ADDRESS))
    client.connect("/chat", {})
    for _ in range(COUNT):
        for packet in packets:
            client.send(packet)
    return client


def connect(server: LiveServer) -> WireClient:
    client = WireClient(server.host, server.port, headers=forwarded(ADDRESS))
    for _ in range(COUNT):
        client.start_connect("/chat", {"token": "x"})
    return client


FLOODS: dict[str, Flood] = {
    "native posts": native,
    "broadcasts": broadcast,
    "unknown events": lambda server: emit(server, "/chat", "fly"),
    "invalid events": lambda server: emit(server, "/chat", "history", {"rom": "lobby"}),
    "missing rooms": lambda server: emit(server, "/chat", "join", {"room": "attic"}),
    "wrong types in the course's namespace": lambda server: emit(server, "/", "chat message", 1.5),
    "bad tokens": connect,
    "binary events": lambda server: send(server, '451-/chat,1["post",{}]', b"x"),
    "half surrogate pairs": lambda server: send(server, '42/chat,1["post","\\ud800"]'),
}


def errors(client: Any) -> int:
    """Return how many errors the client has been answered with."""
    if isinstance(client, WireClient):
        return sum("errors" in json.dumps(packet.data) for packet in client.packets)
    return sum("rror" in message for message in client.messages)


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_of_errors_is_read_more_slowly(
    make_limited: MakeServer, open_sender: MakeSender, flood: str
) -> None:
    server = make_limited(rates=RATES)
    client = FLOODS[flood](server)
    while errors(client) < FREE + 1:
        client.pump(10)
    # Of what has been sent at once, the rest is read one by one, a second after the other.
    assert errors(client) < COUNT
    assert open_sender(SocketSender, server, SAME, nick="bo").codes(["hej"]) == [""]
    assert 1 <= refusals(server)["refusal"] < 10
    client.abort()


def test_all_of_it_is_answered_in_the_end(
    make_limited: MakeServer, open_sender: MakeSender
) -> None:
    server = make_limited(rates=RATES)
    sender = open_sender(NativeSender, server, ADDRESS, nick="anna")
    assert sender.codes(["hej"] * (FREE + 3)) == ["", *["rate_limited"] * (FREE + 2)]
    assert refusals(server)["refusal"] == 2


READS = {
    "history": ("/chat", "history", {"room": "lobby"}),
    "changes": ("/chat", "changes", {"room": "lobby"}),
    "members": ("/chat", "members", {"room": "lobby"}),
    "reports": ("/reports", "changes", {}),
    "course": ("/", "history"),
}


ADDRESSES = [f"192.0.2.{number}" for number in range(1, 6)]
"""Those from which eight are sent, until five were paced: where the server stops for a fifth of a
second, one more is free."""


@pytest.mark.parametrize("what", READS)
def test_reading_is_paced_and_never_refused(make_limited: MakeServer, what: str) -> None:
    server = make_limited(rates="read=5/3")
    namespace, *event = READS[what]

    def paced(address: str) -> int:
        before = refusals(server)["read"]
        client = emit(server, namespace, *event, count=8, address=address)
        assert all("data" in client.wait_ack(number) for number in range(8))
        client.abort()
        return refusals(server)["read"] - before

    assert 5 in map(paced, ADDRESSES)


def test_the_echo_is_paced(make_limited: MakeServer) -> None:
    server = make_limited(rates="echo=5/3")

    def paced(address: str) -> int:
        before = refusals(server)["echo"]
        client = NativeClient(server, "/ws/echo", headers=forwarded(address))
        for number in range(8):
            client.send(f"{number}")
        client.wait(lambda message: message == "7")
        assert client.messages == [f"{number}" for number in range(8)]
        client.abort()
        return refusals(server)["echo"] - before

    assert 5 in map(paced, ADDRESSES)


def test_many_senders_of_an_address_are_throttled_together(
    make_limited: MakeServer, open_sender: MakeSender
) -> None:
    server = make_limited(rates="post=0.01/1,address_refusal=0.01/10")
    for number in range(4):
        sender = open_sender(NativeSender, server, ADDRESS, nick=f"nick{number}")
        assert sender.codes(["hej"] * 4) == ["", *["rate_limited"] * 3]
    assert refusals(server)["address_refusal"] == 2
    assert open_sender(RestSender, server, OTHER, nick="bo").codes(["hej"]) == [""]


def test_a_burst_over_the_limit_is_not_throttled(
    make_limited: MakeServer, open_sender: MakeSender
) -> None:
    server = make_limited()
    sender = open_sender(SocketSender, server, ADDRESS, nick="anna")
    assert "rate_limited" in sender.codes(["hej"] * 100)
    assert refusals(server)["refusal"] == 0
