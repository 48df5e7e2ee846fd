"""F23: an event with attachments is refused at its header, and nothing of it is kept."""

from pathlib import Path

import pytest

from me_api.transport.engineio.packets import ProtocolError
from me_api.transport.socketio.packets import MAX_ATTACHMENTS, decode
from tests.support.server import LiveServer
from tests.support.wire import WireClient
from tests.transport.assertions import ended_by_close
from tests.transport.conftest import CHAT, Attack, numbers

PLACEHOLDER = '{"_placeholder":true,"num":0}'
PROTOCOL_ERROR = 1002
ATTACHMENT = bytes(999_000)


def resident(server: LiveServer) -> int:
    """Return the resident memory of the server's process in bytes."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def test_the_answer_comes_before_the_attachments(bystander: WireClient, client: WireClient) -> None:
    client.send(f'452-{CHAT},7["post",{PLACEHOLDER}]')
    (error,) = client.wait_ack(7)["errors"]
    assert (error["status"], error["code"]) == (422, "invalid")
    client.send(b"one")
    client.send(b"two")
    assert "data" in client.call(CHAT, "members", {"room": "lobby"}), "the connection stays"


def test_without_an_ack_it_is_a_notice(bystander: WireClient, client: WireClient) -> None:
    client.send(f'451-{CHAT},["post",{PLACEHOLDER}]')
    assert client.wait_event("notice")[0]["errors"][0]["code"] == "invalid"
    client.send(b"")
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


def test_an_acknowledgement_with_attachments_is_skipped(
    bystander: WireClient, client: WireClient
) -> None:
    client.send(f"461-{CHAT},7[{PLACEHOLDER}]")
    client.send(b"x")
    assert "data" in client.call(CHAT, "members", {"room": "lobby"})


def test_it_is_refused_in_order_also_right_behind_connect(connect: Attack) -> None:
    client = connect()
    client.start_connect(CHAT, {"nick": f"eager{next(numbers)}"})
    client.send(f'451-{CHAT},1["post",{PLACEHOLDER}]')
    client.send(b"x")
    client.emit(CHAT, "members", {"room": "lobby"}, ack_id=2)
    assert "errors" in client.wait_ack(1)
    assert "data" in client.wait_ack(2)


def test_no_attachments_are_announced_by_an_event_like_any_other(client: WireClient) -> None:
    client.send(f'450-{CHAT},1["members",{{"room":"lobby"}}]')
    assert "data" in client.wait_ack(1)


@pytest.mark.parametrize("missing", [f'42{CHAT},8["members",{{"room":"lobby"}}]', f"40{CHAT},"])
def test_another_packet_in_place_of_an_attachment_closes_the_connection(
    bystander: WireClient, client: WireClient, missing: str
) -> None:
    client.send(f'452-{CHAT},7["post",{PLACEHOLDER}]')
    client.send(b"only one of two")
    client.send(missing)
    assert ended_by_close(client) == [PROTOCOL_ERROR]


def test_one_attachment_too_many_closes_the_connection(client: WireClient) -> None:
    client.send(f'451-{CHAT},7["post",{PLACEHOLDER}]')
    client.send(b"one")
    client.send(b"two")
    assert ended_by_close(client) == [PROTOCOL_ERROR]


def test_unfinished_events_take_no_memory(server: LiveServer, connect: Attack) -> None:
    """Thirty clients would hold 270 MB."""
    clients = []
    for _ in range(30):
        client = connect()
        client.connect(CHAT, {"nick": f"binary{next(numbers)}"})
        clients.append(client)
    before = resident(server)
    for client in clients:
        client.send(f'4510-{CHAT},1["post",{PLACEHOLDER}]')
        for _ in range(9):
            client.send(ATTACHMENT)
    for client in clients:
        client.send(b"the tenth")
        assert "data" in client.call(CHAT, "members", {"room": "lobby"})
    assert resident(server) - before < 64_000_000


def test_attachments_that_are_accepted_complete_the_event() -> None:
    packet = decode(f'52-["event",{PLACEHOLDER},{{"a":{{"_placeholder":true,"num":1}}}}]')
    packet.attachments = []
    for data in (b"x", b"y"):
        packet.attach(data)
    assert packet.data == ["event", b"x", {"a": b"y"}]


@pytest.mark.parametrize("number", ["9", "-9", '"x"', "null", "[]"])
def test_a_placeholder_for_nothing_is_a_violation(number: str) -> None:
    packet = decode(f'51-["event",{{"_placeholder":true,"num":{number}}}]')
    packet.attachments = []
    with pytest.raises(ProtocolError):
        packet.attach(b"x")


def test_attachments_to_data_nested_too_deep_are_unreadable() -> None:
    packet = decode('51-["event",' + "[" * 1000 + "]" * 1000 + "]")
    packet.attachments = []
    packet.attach(b"x")
    assert not packet.readable
    assert packet.data is None


def test_attachments_are_bounded() -> None:
    assert decode(f'5{MAX_ATTACHMENTS}-["event"]').missing == MAX_ATTACHMENTS
    with pytest.raises(ProtocolError):
        decode(f'5{MAX_ATTACHMENTS + 1}-["event"]')
