"""Being disconnected from the chat on a native WebSocket, by the server or the network."""

import secrets

import pytest

from tests.chat.clients import make_token
from tests.recovery.scenario import World, without_table
from tests.support.frames import TEXT, frame
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.transport.assertions import SECONDS
from tests.websocket.conftest import Connect
from tests.websocket.lobby import metric, refused, rest


def test_closing_a_room_to_guests_disconnects_them(
    server: LiveServer, connect: Connect, nick: str
) -> None:
    token = make_token(server, f"owner-{nick}", "owner")
    assert server.post("/chat/rooms", {"name": nick}, token=token).status == 201
    guests = [connect(f"/ws/chat?room={nick}&nick={nick}"), connect(f"/ws/chat?room={nick}")]
    member = connect(f"/ws/chat?room={nick}&token={token}")
    path = f"/chat/rooms/{nick}"
    assert server.patch(path, {"guests": "none"}, token=token).status == 200
    for guest in guests:
        assert guest.ended() == 1008
        assert b"closed to guests" in (guest.closing or b"")
    member.say("members only")
    member.wait_text("members only")
    assert refused(server, f"room={nick}") == (403, "members_only")
    assert [m["nick"] for m in server.get(f"{path}/members", token=token).json["data"]] == [
        f"owner-{nick}"
    ]


@pytest.mark.parametrize("room", ["lobby", "other"])
def test_a_client_that_catches_up_is_disconnected_if_its_room_is_closed(
    make_server, room: str
) -> None:
    server: LiveServer = make_server(
        message_max_length=100_000, outbox_bytes=200_000, rooms="lobby,other"
    )
    token = make_token(server, "owner", "owner")
    sent = [rest(server, "x" * 99_000) for _ in range(100)]
    client = NativeClient(server, "/ws/chat?since=0")
    client.wait_body(lambda body: body.get("rev") == sent[0]["rev"])
    path = f"/chat/rooms/{room}"
    assert server.patch(path, {"guests": "none"}, token=token).status == 200
    if room == "lobby":
        assert client.ended() == 1008
        assert len(client.messages) < len(sent)
    else:
        client.wait_body(lambda body: body.get("rev") == sent[-1]["rev"], SECONDS)
        assert client.code is None
    client.abort()


def test_a_failed_catch_up_closes_with_an_internal_error(make_server) -> None:
    world = World(make_server())
    missed = world.post("lobby")
    world.server.restart(kill=True)  # So that the replay buffer is empty and the table is read.
    with without_table(world, "messages"):
        failed = NativeClient(world.server, "/ws/chat?since=0")
        assert failed.ended() == 1011
        assert failed.messages == []
    reconnected = NativeClient(world.server, "/ws/chat?since=0")
    reconnected.wait_body(lambda body: body.get("rev") == missed["rev"])
    reconnected.abort()


def test_f35_a_database_error_after_the_handshake_closes_with_an_internal_error(
    make_server,
) -> None:
    """F35: the client receives the error, and nothing of it is left behind."""
    server: LiveServer = make_server(entry="failing_open")
    (fail := server.folder / "fail").touch()
    for path in ("/ws/chat?nick=anna", "/ws?nick=anna", "/ws/chat"):
        failed = NativeClient(server, path, "json")
        assert failed.status == 101
        assert failed.ended() == 1011
    assert metric(server, 'me_api_connections{namespace="/ws/chat"}') == 0
    fail.unlink()
    client = NativeClient(server, "/ws/chat?nick=anna")
    client.say("hej")
    client.wait_text("hej")
    assert [m["nick"] for m in server.get("/chat/rooms/lobby/members").json["data"]] == ["anna"]
    assert metric(server, 'me_api_connections{namespace="/ws/chat"}') == 1
    client.abort()


@pytest.mark.parametrize("subprotocol", ["json", "text"])
def test_a_client_that_does_not_read_is_closed_as_slow_and_can_resume(
    make_server, subprotocol: str
) -> None:
    server: LiveServer = make_server(message_max_length=100_000, outbox_bytes=300_000)
    slow, reader = NativeClient(server, "/ws/chat", subprotocol), NativeClient(server, "/ws/chat")
    sent = []
    while metric(server, 'me_api_slow_clients_total{interface="websocket"}') == 0:
        assert len(sent) < 400, "the server buffers everything"
        sent += [rest(server, "x" * 99_000) for _ in range(5)]
        newest = sent[-1]["rev"]
        reader.wait_body(lambda body, rev=newest: body.get("rev") == rev, SECONDS)
    assert slow.ended() == 1013
    assert slow.closing == b"\x03\xf5slow"
    assert 0 < len(slow.messages) < len(sent)
    if subprotocol == "json":
        last = slow.bodies[-1]["rev"]
        resumed = NativeClient(server, f"/ws/chat?since={last}")
        resumed.wait_body(lambda body: body.get("rev") == sent[-1]["rev"], SECONDS)
        assert [b["rev"] for b in slow.bodies + resumed.bodies] == [m["rev"] for m in sent]
        resumed.abort()
    for client in (slow, reader):
        client.abort()


def test_a_client_over_the_limit_within_a_burst_does_not_affect_the_others(make_server) -> None:
    """Messages that arrive together are broadcast in one turn; an early one closes a client."""
    server: LiveServer = make_server(outbox_bytes=100_000)
    slow, sender, reader = (NativeClient(server, "/ws/broadcast") for _ in range(3))
    burst = b"".join(frame(TEXT, b"x" * 3000) for _ in range(12))
    while metric(server, 'me_api_slow_clients_total{interface="websocket"}') == 0:
        assert len(reader.messages) < 20_000, "the server buffers everything"
        sender.socket.send_raw(burst)
        sender.send(last := secrets.token_hex(8))
        reader.wait(lambda message, last=last: message == last, SECONDS)
    sender.send("still here")
    assert reader.wait(lambda message: message == "still here") == "still here"
    assert slow.ended() == 1013
    for client in (slow, sender, reader):
        client.abort()


def test_a_lost_connection_is_no_longer_counted(server: LiveServer, connect: Connect) -> None:
    count = 'me_api_connections{namespace="/ws/chat"}'
    before = metric(server, count)
    clients = [connect("/ws/chat", subprotocol) for subprotocol in ("json", "text")]
    assert metric(server, count) == before + 2
    clients[0].abort()
    clients[1].socket.send(b"", 8)
    wait_until(lambda: metric(server, count) == before, SECONDS, "both connections being removed")
