"""Hostile packets: each is answered or dropped, and no other client notices."""

import pytest

from me_api.transport.socketio.packets import decode
from tests.support.packets import CONNECT, CONNECT_ERROR
from tests.support.server import LiveServer
from tests.support.wire import Cut, WireClient
from tests.transport.conftest import CHAT, Attack

UNREADABLE = [
    ("a name that is a number", "7[42]"),
    ("a name that is an object", '7[{"room":"lobby"}]'),
    ("a name that is null", "7[null,{}]"),
    ("a name that is a list", '7[["post"],{}]'),
    ("an event without a name", "7[]"),
    ("an object for an event", '7{"name":"post"}'),
    ("a string for an event", '7"post"'),
    ("bad JSON", '7["post",{]'),
    ("half a surrogate pair", '7["post",{"text":"\\ud800"}]'),
    ("nothing at all", "7"),
    ("deep JSON", "7" + "[" * 50_000),
]


@pytest.mark.parametrize("packet", [pytest.param(p[1], id=p[0]) for p in UNREADABLE])
def test_an_event_that_cannot_be_read_is_acknowledged(
    bystander: WireClient, client: WireClient, packet: str
) -> None:
    client.send(f"42{CHAT},{packet}")
    answer = client.wait_ack(7)
    assert [error["code"] for error in answer["errors"]] == ["unreadable"]
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


GARBAGE = [
    "4",
    "49",
    "4x",
    "42",
    "42[",
    "43",
    "43/chat,5[]",
    "43/chat,",
    "44/chat,{}",
    "46-/chat,1[]",
    "45-[]",
    "451-",
    "4599999999-/chat,[]",
    "42/nowhere,1[]",
    '42["post",{}]',
    "42/chat",
    "42/chat,99999999999999999999999[]",
    "42/chat,-1[]",
    "41/nowhere,",
    "41nonsense",
    "4" + "0" * 1000,
    "6",
    "3",
    "3probe",
]


@pytest.mark.parametrize("packet", GARBAGE)
def test_garbage_leaves_the_connection_as_it_was(
    bystander: WireClient, client: WireClient, packet: str
) -> None:
    client.send(packet)
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


@pytest.mark.parametrize("packet", ["", "x", "9", "\u0000", "å", "0{}", b"\xff\xfe", b""])
def test_what_is_not_engine_io_costs_the_sender_at_most_the_connection(
    bystander: WireClient, client: WireClient, packet: str | bytes
) -> None:
    client.send(packet)
    try:
        assert "data" in client.call(CHAT, "members", {"room": "lobby"})
    except Cut:
        assert client.closed


@pytest.mark.parametrize(
    "name", ["connect", "disconnect", "connect_error", "*", "__disconnect_final"]
)
def test_reserved_names_are_events_like_any_other(
    bystander: WireClient, client: WireClient, name: str
) -> None:
    answer = client.call(CHAT, name, {"nick": "x"})
    assert [error["code"] for error in answer["errors"]] == ["unknown_event"]
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


def test_a_second_connect_is_refused_and_the_first_stays(
    bystander: WireClient, client: WireClient
) -> None:
    since = len(client.packets)
    client.send(f"40{CHAT},")
    refusal = client.wait_packet(lambda packet: packet.type == CONNECT_ERROR, since=since)
    assert refusal.data == {"message": "Already connected"}
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


@pytest.mark.parametrize("auth", ["{", '{"nick":', "nonsense", '{"nick":"\\ud800"}'])
def test_a_connect_that_cannot_be_read_is_refused(
    bystander: WireClient, connect: Attack, auth: str
) -> None:
    client = connect()
    client.send(f"40{CHAT},{auth}")
    refusal = client.wait_packet(lambda packet: True)
    assert (refusal.type, refusal.namespace) == (CONNECT_ERROR, CHAT)
    assert refusal.data["message"]
    assert "pid" in client.connect(CHAT)


def test_events_before_connect_are_dropped(bystander: WireClient, connect: Attack) -> None:
    client = connect()
    client.send(f'42{CHAT},1["post",{{"room":"lobby","text":"too soon"}}]')
    client.connect(CHAT)
    history = client.call(CHAT, "history", {"room": "lobby", "limit": 200})
    assert "too soon" not in [message["text"] for message in history["data"]]


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


def test_binary_without_an_event_is_dropped(bystander: WireClient, client: WireClient) -> None:
    client.send(b"\x01\x02\x03")
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


PLACEHOLDER = '{"_placeholder":true,"num":0}'
DEEP = "[" * 900 + "]" * 900


def test_attachments_that_never_come_are_not_waited_for(
    bystander: WireClient, client: WireClient
) -> None:
    client.send(f'452-{CHAT},7["post",{PLACEHOLDER}]')
    client.send(b"only one of two")
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})
    assert client.wait_ack(7)["errors"][0]["code"] == "unreadable"


@pytest.mark.parametrize("count", ["17", "9999999999", "99999999999"])
def test_attachments_are_bounded(bystander: WireClient, client: WireClient, count: str) -> None:
    client.send(f'45{count}-{CHAT},7["post",{PLACEHOLDER}]')
    assert client.wait_ack(7)["errors"][0]["code"] == "unreadable"
    client.send(b"the first of many")
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


@pytest.mark.parametrize("number", ["9", "-9", '"x"', "null", "[]", DEEP])
def test_a_placeholder_for_nothing_is_answered(
    bystander: WireClient, client: WireClient, number: str
) -> None:
    client.send(f'451-{CHAT},7["post",{{"_placeholder":true,"num":{number}}},{DEEP}]')
    client.send(b"data")
    assert "errors" in client.wait_ack(7)
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


def test_namespaces_share_a_connection(bystander: WireClient, client: WireClient) -> None:
    client.connect("/reports")
    client.wait_event("ready", lambda ready, rev: "rooms" not in ready)
    client.disconnect("/reports")
    client.send('42/reports,5["changes",{}]')
    assert "data" in client.call(CHAT, "members", {"room": "lobby"}), "one ends, the other stays"


def test_acks_with_ids_of_any_size(server: LiveServer, client: WireClient) -> None:
    for number in (0, 1, 2**31, 10**14):
        client.emit(CHAT, "members", {"room": "lobby"}, ack_id=number)
        assert "data" in client.wait_ack(number)


def test_attachments_to_data_nested_too_deep_are_unreadable() -> None:
    packet = decode('51-["event",' + "[" * 1000 + "]" * 1000 + "]")
    assert packet is not None and packet.readable
    packet.attach(b"x")
    assert not packet.readable
