"""Nicks: each has one connected sender; those of registered users are reserved."""

from unittest.mock import Mock

import pytest

from me_api.chat.presence.nicknames import NicknameRegistry
from me_api.chat.presence.shared import NothingShared
from tests.chat.clients import ChatClient, Room, faults, secret
from tests.chat.conftest import MakeToken, Visit
from tests.support.wait import wait_until
from tests.support.wire import Memory, Refused

TAKEN = [(409, "nick_taken", "nick")]
RESERVED = [(403, "nick_reserved", "nick")]


def refused(visit: Visit, **auth: object) -> list[tuple[int, str, str | None]]:
    """Return the reason why a connection is refused."""
    with pytest.raises(Refused) as refusal:
        visit(**auth)
    data = refusal.value.data["data"]
    assert data["code"] == data["errors"][0]["code"]
    return faults({"errors": data["errors"]})


def visit_when_free(visit: Visit, nick: str) -> ChatClient:
    """Connect under a nick as soon as the client that had it is no longer connected."""

    def connect() -> ChatClient | None:
        try:
            return visit(nick=nick)
        except Refused as refusal:
            assert refusal.data["data"]["code"] == "nick_taken"
            return None

    client = wait_until(connect)
    assert client is not None
    return client


@pytest.mark.parametrize("spell", [str, str.upper, str.title, "  {} ".format])
def test_a_nick_in_use_is_taken_however_it_is_spelt(visit: Visit, fresh, spell) -> None:
    nick = fresh("åsa strut")
    visit(nick=nick)
    assert refused(visit, nick=spell(nick)) == TAKEN
    assert refused(visit, nick=spell(nick), guest=secret()) == TAKEN


def test_a_nick_in_use_cannot_be_used_over_rest(room: Room, visit: Visit, fresh) -> None:
    nick, guest = fresh("anna"), secret()
    visit(nick=nick, guest=guest)
    assert faults(room.post(nick=nick)) == TAKEN
    assert faults(room.post(nick=nick.upper(), guest=secret())) == TAKEN
    assert room.say(nick=nick, guest=guest)["nick"] == nick


def test_the_same_sender_may_use_its_nick_in_many_tabs(visit: Visit, fresh) -> None:
    nick, guest = fresh("anna"), secret()
    tabs = [visit(nick=nick, guest=guest) for _ in range(3)]
    for tab in tabs[:2]:
        tab.disconnect()
        with pytest.raises(TimeoutError):
            tab.drain(0.05)
    assert refused(visit, nick=nick) == TAKEN, "one tab is left"


def test_a_nick_is_free_when_its_last_tab_has_gone(visit: Visit, room: Room, fresh) -> None:
    nick = fresh("anna")
    watcher, first = visit(room, nick=fresh("watcher")), visit(room, nick=nick)
    watcher.wait_event("joined")
    first.do("leave", room=room.name)
    first.abort()
    second = visit_when_free(visit, nick)
    assert second.wait_event("ready")[0]["nick"] == nick


def test_a_registered_nick_needs_its_users_token(
    room: Room, visit: Visit, make_user: MakeToken, fresh
) -> None:
    nick = fresh("Åsa")
    token, other = make_user(nick), make_user(fresh("other"))
    for spelt in (nick, nick.upper(), nick.lower()):
        assert refused(visit, nick=spelt) == RESERVED
        assert refused(visit, nick=spelt, guest=secret()) == RESERVED
        assert refused(visit, nick=spelt, token=other) == RESERVED
        assert faults(room.post(nick=spelt)) == RESERVED
        assert faults(room.post(nick=spelt, token=other)) == RESERVED
    for auth in ({"nick": nick}, {"nick": nick.upper()}, {}):
        ready = visit(token=token, **auth).wait_event("ready")[0]
        assert (ready["nick"], ready["user"]["nick"]) == (nick, nick)


def test_a_user_under_another_nick_is_not_verified(
    room: Room, visit: Visit, make_user: MakeToken, fresh
) -> None:
    nick = fresh("asa")
    token = make_user(nick)
    visit(room, token=token, nick=fresh("mask")).do("post", room=room.name, text="masked")
    visit(room, token=token).do("post", room=room.name, text="open")
    verified = {m["text"]: (m["nick"] == nick, m["verified"]) for m in room.page()["data"]}
    assert verified == {"masked": (False, False), "open": (True, True)}


def test_a_client_that_returns_to_a_taken_nick_has_none(visit: Visit, room: Room, fresh) -> None:
    nick, memory, guest = fresh("anna"), Memory(), secret()
    first = visit(room, nick=nick, guest=guest, memory=memory)
    first.abort()
    visit_when_free(visit, nick)
    back = visit(nick=nick, guest=guest, memory=memory)
    ready = back.wait_event("ready")[0]
    assert (ready["nick"], ready["rooms"]) == (None, [room.name])
    assert faults(back.do("post", room=room.name, text="hej")) == [(422, "nick_required", "nick")]


def test_a_nick_that_was_released_may_be_released_again() -> None:
    """As where a client is lost while its nick is confirmed: by its end, and by what waited."""
    nicks = NicknameRegistry(NothingShared())
    lost, other = Mock(sender="a", nick="mos"), Mock(sender="b", nick="mos")
    nicks.claim("mos", lost)
    nicks.release("mos", lost)
    nicks.release("mos", lost)
    nicks.claim("mos", other)
    nicks.release("mos", lost)
    assert nicks.connections("mos") == [other]
