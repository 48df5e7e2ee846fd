"""A new connection has the rate limit of the one before it (F22)."""

from time import monotonic

import pytest

from me_api.rate_limits import POSTS
from tests.conftest import MakeServer
from tests.limits.conftest import MakeSender
from tests.limits.senders import CourseSender, NativeSender, Sender, SocketSender, forwarded
from tests.support.native import NativeClient
from tests.support.server import LiveServer

ADDRESS = "192.0.2.1"
TIMES = 10
SOCKETS = [NativeSender, SocketSender, CourseSender]
NAMES = {
    "the same nick": {"nick": "anna"},
    "another nick": {"nick": "anna{}"},
    "a secret": {"nick": "anna", "guest": "g" * 22},
    "nobody": {},
}
CLIENTS = [(kind, name) for kind in SOCKETS for name in [*NAMES][:3]] + [(CourseSender, "nobody")]
"""Only in the course's namespace may one write without a nick."""


@pytest.mark.parametrize(("kind", "name"), CLIENTS)
def test_connecting_again_fills_no_bucket(
    server: LiveServer, kind: type[Sender], name: str
) -> None:
    start, stored = monotonic(), 0
    for number in range(TIMES):
        given = {key: value.format(number) for key, value in NAMES[name].items()}
        sender = kind(server, ADDRESS, **given)
        stored += sender.codes(["hej"] * POSTS.burst).count("")
        sender.close()
    most = POSTS.burst + POSTS.per_second * (monotonic() - start + 1)
    # Twice as much: the server may notice the end of a connection after the next one has begun.
    assert POSTS.burst <= stored <= 2 * most < TIMES * POSTS.burst


def test_another_namespace_or_the_same_again_is_no_other_sender(
    make_limited: MakeServer, open_sender: MakeSender
) -> None:
    server = make_limited(rates="post=0.01/30")
    sender = open_sender(SocketSender, server, ADDRESS, nick="anna")
    assert sender.codes(["hej"] * 31) == [""] * 30 + ["rate_limited"]
    chat = sender.client  # type: ignore[attr-defined]
    chat.disconnect("/chat")
    chat.connect("/chat", {"nick": "bo"})
    assert sender.codes(["hej"]) == ["rate_limited"]
    chat.connect("/", {})
    refused = chat.call("/", "chat message", "hej")
    assert refused["errors"][0]["code"] == "rate_limited"


@pytest.mark.parametrize("kind", SOCKETS)
def test_neighbours_without_a_name_have_a_bucket_each(
    make_limited: MakeServer, open_sender: MakeSender, kind: type[Sender]
) -> None:
    server = make_limited(rates="post=0.01/30")
    spammer = open_sender(kind, server, ADDRESS, nick="anna")
    assert spammer.codes(["hej"] * 31)[-1] == "rate_limited"
    for number in range(3):
        neighbour = open_sender(kind, server, ADDRESS, nick=f"bo{number}")
        assert neighbour.codes(["hej"] * 30) == [""] * 30
    assert spammer.codes(["hej"]) == ["rate_limited"]


def test_a_guest_with_a_secret_is_one_sender_at_every_address(
    make_limited: MakeServer, open_sender: MakeSender
) -> None:
    server = make_limited(rates="post=0.01/30")
    stored = [
        open_sender(SocketSender, server, f"192.0.2.{number}", nick="anna", guest="g" * 22)
        .codes(["hej"] * 20)
        .count("")
        for number in range(3)
    ]
    assert stored == [20, 10, 0]


def test_the_broadcast_is_limited_across_connections(make_limited: MakeServer) -> None:
    """Its clients have no name at all."""
    server = make_limited(rates="post=0.01/30")
    listener = NativeClient(server, "/ws/broadcast", headers=forwarded("192.0.2.7"))
    for count in (31, 1):
        client = NativeClient(server, "/ws/broadcast", headers=forwarded(ADDRESS))
        for _ in range(count):
            client.send("hej")
        assert client.wait(lambda message: message.startswith("Error: Too many"))
        client.socket.close()
        start = len(listener.messages)
        listener.wait(lambda message: message == "Client disconnected (1).", since=start)
    assert listener.messages.count("hej") == 30
    listener.abort()
