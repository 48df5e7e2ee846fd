"""Bans: by whom they are made and ended, and which are wrong."""

from typing import Any

import pytest

from tests.chat.clients import Room, faults
from tests.moderation.banning import BANS, ban
from tests.moderation.conftest import MakeToken
from tests.support.server import LiveServer


def test_only_moderators_ban_and_nobody_an_owner(
    server: LiveServer, room: Room, moderator: str, owner: str, make_user: MakeToken, fresh
) -> None:
    other = fresh("mod")
    make_user(other, role="moderator")
    member = make_user(fresh("member"))
    for token in (member, None):
        for reply in (
            server.post(BANS, {"user": other}, token=token),
            server.get(BANS, token=token),
            server.delete(f"{BANS}/1", token=token),
            server.post("/moderation/purge", {"user": other}, token=token),
            server.get("/moderation/log", token=token),
        ):
            expected = (403, "forbidden", None) if token else (401, "unauthorized", None)
            assert faults(reply) == [expected]
    for name, token in (("the-owner", moderator), ("the-owner", owner), (other, moderator)):
        refused = server.post(BANS, {"user": name}, token=token)
        assert faults(refused) == [(403, "forbidden", None)]
    made = ban(server, owner, user=other)
    assert made["kind"] == "user"
    refused = server.delete(f"{BANS}/{made['id']}", token=moderator)
    assert faults(refused) == [(403, "forbidden", None)]


def test_no_moderator_ends_a_ban_of_themselves(
    server: LiveServer, room: Room, owner: str, make_user: MakeToken, fresh
) -> None:
    nick = fresh("mod")
    token = make_user(nick, role="moderator")
    made = ban(server, owner, user=nick, room=room.name)
    own_ban = f"{BANS}/{made['id']}"
    assert faults(server.delete(own_ban, token=token)) == [(403, "forbidden", None)]
    assert faults(room.post("hej", token=token)) == [(403, "banned", None)]
    assert server.delete(own_ban, token=owner).status == 204


@pytest.mark.parametrize(
    ("body", "code", "source"),
    [
        ({}, "invalid", None),
        ({"user": "a", "address": "192.0.2.1"}, "invalid", None),
        ({"address": "here"}, "invalid", "address"),
        ({"user": "nobody-of-this-nick"}, "not_found", "user"),
        ({"message": {"room": "lobby", "id": 9999999}}, "not_found", "message"),
        # A whole number, as JSON Schema has it.
        ({"message": {"room": "lobby", "id": 9999999.0}}, "not_found", "message"),
        ({"message": {"room": "lobby", "id": 1.5}}, "invalid", "message.id"),
        ({"message": {"room": "lobby", "id": True}}, "invalid", "message.id"),
        ({"message": {"room": "lobby", "id": "1"}}, "invalid", "message.id"),
        ({"message": {"room": "lo\0bby", "id": 1}}, "invalid", "message.room"),
        ({"user": "the-moderator", "room": "nowhere"}, "not_found", "room"),
        ({"user": "the-moderator", "minutes": 0}, "invalid", "minutes"),
        ({"user": "the-moderator", "reason": "a\nb"}, "invalid", "reason"),
        ({"user": "the-moderator", "with_address": True}, "invalid", "with_address"),
    ],
)
def test_wrong_bans_get_their_errors(
    server: LiveServer, owner: str, moderator: str, body: Any, code: str, source: str | None
) -> None:
    assert faults(server.post(BANS, body, token=owner))[0][1:] == (code, source)
