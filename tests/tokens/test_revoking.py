"""A revoked token ends on everything that is open with it, whichever process revokes it."""

import json
from typing import Any

import pytest

from tests.chat.clients import CHAT, ChatClient, Room, faults, make_token
from tests.support.connections import Connections
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient
from tests.tokens.conftest import MakeApiToken
from tests.tokens.revoking import WAYS, Revoke, by_rest


@pytest.mark.parametrize("revoke", WAYS)
def test_everything_that_is_open_ends(
    server: LiveServer,
    rooms: tuple[str, str],
    make_api_token: MakeApiToken,
    login: str,
    revoke: Revoke,
) -> None:
    """A Socket.IO client in each namespace, a native one, a stream and a long-poll."""
    room = Room(server, rooms[0])
    revoked, kept = [make_api_token(rooms=[room.name, "lobby"]) for _ in range(2)]
    connections = Connections(server, room, revoked["token"])
    with ChatClient(server) as other:
        other.connect(CHAT, {"token": kept["token"]})
        other.join(room)
        revoke(server, revoked["id"], login)
        connections.wait_ended("bad_token")
        assert "data" in other.do("post", room=room.name, text="the other token goes on")
    connections.close()


def test_what_guests_may_read_goes_on(
    server: LiveServer, make_api_token: MakeApiToken, login: str
) -> None:
    """As with a token that has expired."""
    made = make_api_token(rooms=["lobby"])
    client = NativeClient(server, f"/ws/chat?room=lobby&token={made['token']}")
    by_rest(server, made["id"], login)

    def code() -> str | None:
        before = len(client.messages)
        client.say("hej", key="k")
        answer: Any = json.loads(client.wait(lambda text: '"key"' in text, since=before))
        return answer["errors"][0]["code"] if "errors" in answer else None

    wait_until(lambda: code() == "bad_token")
    Room(server, "lobby").say("after the token")
    client.wait_text("after the token")
    client.abort()


def test_a_room_that_is_taken_from_a_token_is_left(
    server: LiveServer, rooms: tuple[str, str], make_api_token: MakeApiToken
) -> None:
    own, other = rooms
    made = make_api_token(rooms=[own, other])
    with ChatClient(server) as client:
        client.connect(CHAT, {"token": made["token"]})
        for name in rooms:
            client.join(Room(server, name))
        taken = "DELETE FROM token_rooms WHERE token_id = :id AND room = :room"
        server.query(taken, id=made["id"], room=other)
        client.wait_event("left", lambda body, *_: body["room"] == other)
        assert faults(client.do("post", room=other, text="x")) == [(403, "token_scope", None)]
        assert "data" in client.do("post", room=own, text="x")


def test_a_room_that_is_taken_from_a_token_does_not_come_back_when_it_is_opened(
    server: LiveServer, rooms: tuple[str, str], make_api_token: MakeApiToken
) -> None:
    """The course's clients are subscribed by themselves to a room that is opened."""
    room = Room(server, rooms[0])
    made, owner = make_api_token(rooms=[room.name]), make_token(server, "opener", "owner")
    with (
        WireClient(server.host, server.port) as client,
        WireClient(server.host, server.port) as guest,
    ):
        client.connect("/", {"token": made["token"], "room": room.name})
        guest.connect("/", {"room": room.name})
        server.query("DELETE FROM token_rooms WHERE token_id = :id", id=made["id"])
        client.wait_event("notice", lambda *_: True)
        assert server.patch(room.url, {"guests": "post"}, token=owner).status == 200
        room.say("for guests")
        guest.wait_packet(lambda packet: "for guests" in str(packet.data))
        assert faults(client.call("/", "chat message", "x")) == [(403, "token_scope", None)]
        assert "for guests" not in str([packet.data for packet in client.packets])


def test_a_disabled_account_ends_its_tokens_and_signing_out_does_not(
    server: LiveServer, rooms: tuple[str, str]
) -> None:
    login = make_token(server, "disabled")
    body = {"name": "x", "scopes": ["read", "post"]}
    token = server.post("/tokens", body, token=login).json["data"]["token"]
    with ChatClient(server) as client:
        client.connect(CHAT, {"token": token})
        client.join(Room(server, rooms[0]))
        server.query("UPDATE users SET generation = 1 WHERE nick = 'disabled'")
        wait_until(lambda: server.get("/tokens", token=login).status == 401)
        assert server.get("/chat/rooms", token=token).status == 200
        assert "data" in client.do("post", room=rooms[0], text="goes on")
        server.query("UPDATE users SET disabled = '2026-01-01' WHERE nick = 'disabled'")
        client.wait_event("left", lambda body, *_: body["room"] == rooms[0])
        disabled = [(401, "account_disabled", None)]
        assert faults(client.do("post", room=rooms[0], text="x")) == disabled
        assert faults(server.get("/chat/rooms", token=token)) == disabled
