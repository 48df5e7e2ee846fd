"""F16: packets that violate the protocol close the connection at once, as the stock server does."""

import pytest

from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient
from tests.transport.assertions import ended_by_close
from tests.transport.conftest import CHAT, Attack
from tests.transport.web.test_http import Poller

PROTOCOL_ERROR = 1002
"""The code is that of no other end: a close by ping timeout has 1000."""
EVENTS = [
    "42",
    "42/chat,",
    "42/chat,7",
    "42/chat,7{}",
    '42/chat,{"name":"post"}',
    "42/chat,[]",
    "42/chat,7[]",
    "42/chat,null",
    '42/chat,7"post"',
    "42/chat,7[null,{}]",
    "42/chat,7[true]",
    '42/chat,7[["post"],{}]',
    '42/chat,7[{"room":"lobby"}]',
    '42/chat,7["post",{]',
    '42/chat,7["post"]x',
    "42/chat,7[NaN]",
    '42/chat,["post",Infinity]',
    '42/chat,abc["members",{"room":"lobby"}]',
    '42/chat,-1["members"]',
    '42/chat,1.5["members"]',
    '42/chat,99999999999999999999999["members"]',
    '42/chat,\u0663["members"]',
    '422-/chat,["members"]',
    '42/chat["members"]',
]
OTHERS = [
    "4",
    "49",
    "4x",
    "4abc",
    "47",
    "4-1",
    "41nonsense",
    "41/chat,{}",
    "40/chat,[]",
    '40/chat,"mos"',
    "40/chat,null",
    "40/chat,7",
    "40/chat,{",
    '40/chat,{"nick":',
    "40/chat,nonsense",
    "43",
    "43/chat,",
    "43/chat,5",
    "43/chat,5{}",
    "44/chat,{}",
    "45",
    "45[]",
    "45-[]",
    "451-",
    '45x-/chat,["post"]',
    '4511-/chat,["post"]',
    "4599999999-/chat,[]",
    "46-/chat,1[]",
]
NOT_ENGINE_IO = ["", "x", "9", "7", "\u0000", "å", "0{}", "abc"]
BINARY = [b"", b"\x01\x02\x03", b"\xff\xfe"]


@pytest.mark.parametrize("packet", [*EVENTS, *OTHERS, *NOT_ENGINE_IO, *BINARY])
def test_a_violation_closes_the_connection(
    bystander: WireClient, client: WireClient, packet: str | bytes
) -> None:
    client.send(packet)
    assert ended_by_close(client) == [PROTOCOL_ERROR]


BEFORE = ['42["x"]', '42/chat,1["members",{"room":"lobby"}]', "41", "41/chat,", "43/chat,1[]"]


@pytest.mark.parametrize("packet", [*BEFORE, "4abc", "42{}", "42[]", '42abc["x"]', b"x"])
def test_what_comes_before_connect_closes_the_connection(
    bystander: WireClient, connect: Attack, packet: str | bytes
) -> None:
    client = connect()
    client.send(packet)
    assert ended_by_close(client) == [PROTOCOL_ERROR]


NOT_CONNECTED = ['42/reports,1["changes",{}]', "41/reports,", "43/reports,1[]", '42["x"]']


@pytest.mark.parametrize("packet", [*NOT_CONNECTED, '42/nowhere,1["x"]', '451-/reports,["x"]'])
def test_a_packet_for_a_namespace_that_is_not_connected_closes_the_connection(
    bystander: WireClient, client: WireClient, packet: str
) -> None:
    client.send(packet)
    assert ended_by_close(client) == [PROTOCOL_ERROR]


def test_a_namespace_that_was_left_is_not_connected(client: WireClient) -> None:
    client.connect("/reports")
    client.disconnect("/reports")
    client.send('42/reports,5["changes",{}]')
    assert ended_by_close(client) == [PROTOCOL_ERROR]


@pytest.mark.parametrize("auth", ["", "{}", '{"nick":"again"}'])
def test_a_second_connect_closes_the_connection(
    bystander: WireClient, client: WireClient, auth: str
) -> None:
    """The client would take a refusal for the end of the namespace; now it reconnects."""
    client.send(f"40{CHAT},{auth}")
    assert ended_by_close(client) == [PROTOCOL_ERROR]


def test_events_before_a_violation_are_stored_and_later_ones_are_not(
    server: LiveServer, client: WireClient
) -> None:
    for text in ("before", "behind"):
        client.emit(CHAT, "post", {"room": "lobby", "text": f"{text} the violation"}, ack_id=1)
        client.send("42[]")
    assert ended_by_close(client) == [PROTOCOL_ERROR]

    def stored() -> list[str]:
        page = server.get("/chat/rooms/lobby/messages").json["data"]
        return [m["text"] for m in page if "the violation" in m["text"]]

    assert wait_until(stored) == ["before the violation"]


def test_the_close_frame_says_what_was_wrong(client: WireClient) -> None:
    client.send("42/chat,7{}")
    client.drain()
    assert client.closing == b"\x03\xeaThe payload is not what this type of packet carries."


@pytest.mark.parametrize("packet", ["4abc", "42[]", '42/chat,["members"]', "abc", "bAQIDBA=="])
def test_a_violation_in_a_post_ends_the_session(server: LiveServer, packet: str) -> None:
    poller = Poller(server)
    assert poller.send("3", packet, "40/chat,") == 400
    assert server.get(poller.url).status == 400
