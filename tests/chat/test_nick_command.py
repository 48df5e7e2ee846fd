"""`/nick`: another nick is used at once and for the rest of the session."""

from typing import Any

import pytest

from tests.chat.clients import Room, faults
from tests.chat.command_interfaces import as_native, over_socket
from tests.chat.conftest import MakeToken, Visit
from tests.chat.test_nicks import visit_when_free
from tests.chat.test_presence import nicks, presence_events, wait_presence
from tests.support.wire import Memory


@pytest.mark.parametrize("interface", [over_socket, as_native])
def test_nick_is_changed_and_announced(
    interface: Any, room: Room, visit: Visit, fresh: Any, make_user: MakeToken
) -> None:
    old, new, taken = fresh("old"), fresh("new"), fresh("taken")
    make_user(registered := fresh("registered"))
    watcher = visit(room, nick=taken)
    with interface(room.server, old, room.name) as say:
        wait_presence(watcher, "joined", old)
        assert faults(say(f"/nick {taken}")) == [(409, "nick_taken", "nick")]
        assert faults(say(f"/nick {registered}")) == [(403, "nick_reserved", "nick")]
        assert faults(say("/nick ")) == [(422, "invalid", "nick")]
        assert faults(say(f"/nick {'x' * 33}")) == [(422, "invalid", "nick")]
        assert say(f"/nick   {new} ")["data"]["notice"] == f"You are {new} now."
        wait_presence(watcher, "joined", new)
        assert presence_events(watcher, room) == [
            ("joined", old, 2),
            ("left", old, 2),
            ("joined", new, 2),
        ]
        assert nicks(room) == sorted([taken, new])
        assert say("hej")["data"]["nick"] == new
        assert faults(room.post(nick=new)) == [(409, "nick_taken", "nick")]
        assert room.post(nick=old).status == 201, "the old one is free"
        assert say(f"/nick {new.upper()}")["data"]["notice"] == f"You are {new.upper()} now."
        assert faults(room.post(nick=new)) == [(409, "nick_taken", "nick")]
    assert visit_when_free(visit, new).do("post", room=room.name, text="hej")["data"]["nick"] == new


def test_a_client_without_a_nick_can_take_one(room: Room, visit: Visit, fresh: Any) -> None:
    watcher, client = visit(room, nick=fresh("watcher")), visit(room)
    assert faults(client.do("post", room=room.name, text="hej")) == [(422, "nick_required", "nick")]
    client.do("post", room=room.name, text=f"/nick {(nick := fresh('mos'))}")
    wait_presence(watcher, "joined", nick)
    assert presence_events(watcher, room) == [("joined", nick, 2)]
    assert client.do("post", room=room.name, text="hej")["data"]["nick"] == nick


def test_one_s_own_registered_nick_is_proven(
    room: Room, visit: Visit, fresh: Any, make_user: MakeToken
) -> None:
    token = make_user(own := fresh("mos"))
    client = visit(room, token=token, nick=fresh("other"))
    assert not client.do("post", room=room.name, text="hej")["data"]["verified"]
    client.do("post", room=room.name, text=f"/nick {own}")
    assert client.do("post", room=room.name, text="hej")["data"]["verified"]


def test_the_session_goes_on_under_the_new_nick(room: Room, visit: Visit, fresh: Any) -> None:
    memory, nick = Memory(), fresh("mos")
    client = visit(room, memory=memory)
    client.do("post", room=room.name, text=f"/nick {nick}")
    client.abort()
    back = visit(memory=memory)
    assert back.wait_event("ready")[0]["nick"] == nick


def test_nick_over_rest_makes_no_sense(room: Room) -> None:
    assert faults(room.post("/nick anna")) == [(422, "not_connected", "text")]
