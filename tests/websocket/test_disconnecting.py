"""Who is sent away from the chat on a native WebSocket, or lost."""

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


def test_a_room_that_is_closed_sends_its_guests_away(
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
def test_who_still_catches_up_is_sent_away_from_their_room_only(make_server, room: str) -> None:
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


def test_who_cannot_be_sent_what_was_missed_is_told_that_it_is_a_fault(make_server) -> None:
    world = World(make_server())
    missed = world.post("lobby")
    world.server.restart(kill=True)  # Or memory would know it all.
    with without_table(world, "messages"):
        vain = NativeClient(world.server, "/ws/chat?since=0")
        assert vain.ended() == 1011
        assert vain.messages == []
    back = NativeClient(world.server, "/ws/chat?since=0")
    back.wait_body(lambda body: body.get("rev") == missed["rev"])
    back.abort()


@pytest.mark.parametrize("way", ["json", "text"])
def test_who_does_not_read_is_closed_as_slow_and_resumes(make_server, way: str) -> None:
    server: LiveServer = make_server(message_max_length=100_000, outbox_bytes=300_000)
    slow, reader = NativeClient(server, "/ws/chat", way), NativeClient(server, "/ws/chat")
    sent = []
    while metric(server, "me_api_slow_clients_total") == 0:
        assert len(sent) < 400, "the server keeps it all"
        sent += [rest(server, "x" * 99_000) for _ in range(5)]
        newest = sent[-1]["rev"]
        reader.wait_body(lambda body, rev=newest: body.get("rev") == rev, SECONDS)
    assert slow.ended() == 1013
    assert slow.closing == b"\x03\xf5slow"
    assert 0 < len(slow.messages) < len(sent)
    if way == "json":
        last = slow.bodies[-1]["rev"]
        back = NativeClient(server, f"/ws/chat?since={last}")
        back.wait_body(lambda body: body.get("rev") == sent[-1]["rev"], SECONDS)
        assert [b["rev"] for b in slow.bodies + back.bodies] == [m["rev"] for m in sent]
        back.abort()
    for client in (slow, reader):
        client.abort()


def test_who_is_over_the_bound_by_one_of_several_messages_stops_nobody(make_server) -> None:
    """Several that arrive in one piece are told in one turn; the reader is closed by the first."""
    server: LiveServer = make_server(outbox_bytes=100_000)
    slow, talker, reader = (NativeClient(server, "/ws/broadcast") for _ in range(3))
    burst = b"".join(frame(TEXT, b"x" * 3000) for _ in range(12))
    while metric(server, "me_api_slow_clients_total") == 0:
        assert len(reader.messages) < 20_000, "the server keeps it all"
        talker.socket.send_raw(burst)
        talker.send(last := secrets.token_hex(8))
        reader.wait(lambda came, last=last: came == last, SECONDS)
    talker.send("still here")
    assert reader.wait(lambda came: came == "still here") == "still here"
    assert slow.ended() == 1013
    for client in (slow, talker, reader):
        client.abort()


def test_who_is_lost_is_missed_after_a_grace(server: LiveServer, connect: Connect) -> None:
    count = 'me_api_connections{namespace="/ws/chat"}'
    before = metric(server, count)
    clients = [connect("/ws/chat", way) for way in ("json", "text")]
    assert metric(server, count) == before + 2
    clients[0].abort()
    clients[1].socket.send(b"", 8)
    wait_until(lambda: metric(server, count) == before, SECONDS, "both being forgotten")
