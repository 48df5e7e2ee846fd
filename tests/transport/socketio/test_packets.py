"""Valid packets that make no sense: each is answered, and the connection stays."""

import pytest

from tests.support.packets import CONNECT, CONNECT_ERROR
from tests.support.server import LiveServer
from tests.support.wire import WireClient
from tests.transport.conftest import CHAT, Attack

DEEP = "[" * 5000 + "]" * 5000
HALF = '{"text":"\\ud800"}'
WRONG = [
    ("a name that is a number", "[42]", "unknown_event"),
    ("a name that is a fraction", '[4.2,{"room":"lobby"}]', "unknown_event"),
    ("an empty name", '[""]', "unknown_event"),
    ("half a surrogate pair", f'["post",{HALF}]', "unreadable"),
    ("deep JSON", f'["post",{DEEP}]', "unreadable"),
]


@pytest.mark.parametrize(("event", "code"), [pytest.param(*w[1:], id=w[0]) for w in WRONG])
def test_a_valid_event_that_makes_no_sense_is_answered(
    bystander: WireClient, client: WireClient, event: str, code: str
) -> None:
    """F16: a client cannot know what the server is able to read."""
    client.send(f"42{CHAT},7{event}")
    assert [error["code"] for error in client.wait_ack(7)["errors"]] == [code]
    client.send(f"42{CHAT},{event}")
    assert client.wait_event("notice")[0]["errors"][0]["code"] == code
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


UNANSWERED = ["43/chat,5[]", "43/chat,[1]", f"43/chat,6[{HALF}]", "460-/chat,1[]", "6", "3", "3x"]


@pytest.mark.parametrize("packet", [*UNANSWERED, "2", "5"])
def test_what_needs_no_answer_leaves_the_connection_as_it_was(
    bystander: WireClient, client: WireClient, packet: str
) -> None:
    client.send(packet)
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


@pytest.mark.parametrize(
    "name", ["connect", "disconnect", "connect_error", "*", "__disconnect_final"]
)
def test_reserved_names_are_events_like_any_other(
    bystander: WireClient, client: WireClient, name: str
) -> None:
    answer = client.call(CHAT, name, {"nick": "x"})
    assert [error["code"] for error in answer["errors"]] == ["unknown_event"]
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


@pytest.mark.parametrize("namespace", ["/nowhere", "/chat/", "/CHAT", "/å"])
def test_an_unknown_namespace_is_refused(
    bystander: WireClient, connect: Attack, namespace: str
) -> None:
    client = connect()
    client.send(f"40{namespace},")
    answer = client.wait_packet(lambda packet: True)
    assert (answer.type, answer.data) == (CONNECT_ERROR, {"message": "Invalid namespace"})
    assert "pid" in client.connect(CHAT), "the connection may still be used"


def test_a_connect_that_cannot_be_read_is_refused(bystander: WireClient, connect: Attack) -> None:
    client = connect()
    client.send(f"40{CHAT},{HALF}")
    refusal = client.wait_packet(lambda packet: True)
    assert (refusal.type, refusal.namespace) == (CONNECT_ERROR, CHAT)
    assert refusal.data["message"]
    assert "pid" in client.connect(CHAT)


def test_events_right_behind_connect_are_handled_in_order(
    bystander: WireClient, connect: Attack
) -> None:
    client = connect()
    client.start_connect(CHAT, {"nick": f"eager{client.socket.sock.getsockname()[1]}"})
    for number in range(20):
        client.emit(CHAT, "post", {"room": "lobby", "text": f"{number}"}, ack_id=number)
    ids = [client.wait_ack(number)["data"]["id"] for number in range(20)]
    assert ids == list(range(ids[0], ids[0] + 20))
    kinds = [packet.type for packet in client.packets]
    assert kinds[0] == CONNECT


def test_namespaces_share_a_connection(bystander: WireClient, client: WireClient) -> None:
    client.connect("/reports")
    client.wait_event("ready", lambda ready, rev: "rooms" not in ready)
    client.disconnect("/reports")
    assert "data" in client.call(CHAT, "members", {"room": "lobby"}), "one ends, the other stays"


def test_acks_with_ids_of_any_size(server: LiveServer, client: WireClient) -> None:
    for number in (0, 1, 2**31, 10**14):
        client.emit(CHAT, "members", {"room": "lobby"}, ack_id=number)
        assert "data" in client.wait_ack(number)
