"""Only the guest's secret proves that a client is the sender of a message."""

import secrets

import pytest
from sqlalchemy import inspect

from tests.chat.clients import CHAT, ChatClient, Room, faults, secret
from tests.chat.conftest import MakeToken, Visit
from tests.support.server import LiveServer
from tests.support.wire import Memory

FORBIDDEN = [(403, "forbidden", None)]


@pytest.fixture
def anna(fresh) -> dict[str, str]:
    """Return Anna's credentials; she is not connected, so her nick is free."""
    return {"nick": fresh("anna"), "guest": secret()}


@pytest.fixture
def said(room: Room, anna: dict[str, str]) -> dict:
    """Post a message of Anna's with an idempotency key and return it."""
    return room.say("Anna's", nick=anna["nick"], guest=anna["guest"], key="key-1")


def thieves(visit: Visit, room: Room, anna: dict[str, str], token: str) -> list[ChatClient]:
    """Connect a guest and a user with her nick, one after the other, as it is free."""
    made = []
    for auth in ({"nick": anna["nick"], "guest": secret()}, {"token": token}):
        made.append(visit(room, **auth))
    return made


def test_another_with_her_nick_changes_nothing_of_hers(
    room: Room, visit: Visit, anna: dict[str, str], said: dict, make_user: MakeToken, fresh
) -> None:
    for thief in thieves(visit, room, anna, make_user(fresh("user"))):
        for event, fields in (("edit", {"text": "mine"}), ("delete", {})):
            assert faults(thief.do(event, room=room.name, id=1, **fields)) == FORBIDDEN
    assert room.page()["data"] == [said]


def test_over_rest_her_nick_is_no_proof_either(room: Room, said: dict) -> None:
    hashed = said["nick"]
    for who in ({}, {"guest": secret()}, {"guest": hashed.ljust(22, "x")}):
        assert faults(room.edit(1, "mine", **who)) == FORBIDDEN
        assert faults(room.delete(1, **who)) == FORBIDDEN
    assert room.page()["data"] == [said]


def test_a_guessed_key_swallows_nothing(
    room: Room, visit: Visit, anna: dict[str, str], said: dict
) -> None:
    thief = visit(room, nick=anna["nick"], guest=secret())
    answer = thief.do("post", room=room.name, text="Anna's", key="key-1")
    assert answer["data"]["id"] == 2, "it is a message of its own, and tells nothing of hers"
    thief.do("post", room=room.name, text="the next", key="key-2")
    thief.abort()
    again = room.post("the next", guest=anna["guest"], key="key-2", nick="anna elsewhere")
    assert (again.status, again.json["data"]["id"]) == (201, 4)
    assert room.post("Anna's", key="key-1").json["data"]["id"] == 5
    assert room.get("/messages/1").json["data"] == said


def test_her_session_is_of_no_use_to_others(
    room: Room, visit: Visit, anna: dict[str, str], make_user: MakeToken, fresh
) -> None:
    memory = Memory()
    first = visit(room, memory=memory, **anna)
    first.do("post", room=room.name, text="Anna's")
    pid = memory.pid[CHAT]
    for auth in ({}, {"nick": fresh("x")}, {"guest": secret()}, {"token": make_user(fresh("u"))}):
        thief = visit(pid=pid, offset="0", **auth)
        assert thief.memory.pid[CHAT] != pid
        ready = thief.wait_event("ready")[0]
        assert (ready["rooms"], ready["nick"] == anna["nick"]) == ([], False)
        assert not thief.messages()
        answer = thief.do("edit", room=room.name, id=1, text="mine")
        assert faults(answer) == FORBIDDEN
    first.do("members", room=room.name)
    assert not first.closed, "she is not thrown out by them"
    first.abort()
    back = visit(memory=memory, **anna)
    assert back.memory.pid[CHAT] == pid
    assert back.do("edit", room=room.name, id=1, text="still hers")["data"]["text"] == "still hers"


def test_without_a_secret_the_session_is_the_proof(room: Room, visit: Visit, fresh) -> None:
    memory, nick = Memory(), fresh("bo")
    first = visit(room, nick=nick, memory=memory)
    first.do("post", room=room.name, text="Bo's")
    first.abort()
    back = visit(nick=nick, memory=memory)
    assert back.do("edit", room=room.name, id=1, text="still Bo's")["data"]["text"] == "still Bo's"
    for stranger in (visit(), visit(pid=secrets.token_urlsafe(24))):
        assert faults(stranger.do("delete", room=room.name, id=1)) == FORBIDDEN


def test_no_answer_gives_a_secret_away(
    server: LiveServer, room: Room, visit: Visit, anna: dict[str, str], said: dict
) -> None:
    memory = Memory()
    visit(room, memory=memory, **anna)
    watcher = visit(room)
    answers = [watcher.do("members", room=room.name), watcher.do("history", room=room.name)]
    shown = repr([answers, watcher.packets, room.page(), room.changes(0), room.get().json])
    hidden = [anna["guest"], memory.pid[CHAT], "key-1", "guest:", "fingerprint"]
    assert not [secret for secret in hidden if secret and secret in shown]


def test_secrets_are_stored_as_hashes_only(
    server: LiveServer, room: Room, visit: Visit, anna: dict[str, str], said: dict
) -> None:
    memory = Memory()
    visit(room, memory=memory, **anna)
    stored = dump(server)
    assert anna["nick"] in stored
    assert anna["guest"] not in stored
    assert str(memory.pid[CHAT]) not in stored


def test_a_deleted_text_is_not_in_the_database(
    server: LiveServer, room: Room, anna: dict[str, str]
) -> None:
    text = secrets.token_hex(16)
    room.say(text, guest=anna["guest"], nick=anna["nick"], key="k")
    room.delete(1, guest=anna["guest"])
    assert text not in dump(server)


def dump(server: LiveServer) -> str:
    """Return all that the tables hold."""
    with server.other_process() as database:
        tables = inspect(database).get_table_names()
        # As text, since Python has no time for PostgreSQL's '-infinity'.
        cells = "*" if database.dialect.name == "sqlite" else "{0}::text"
        queries = [f"SELECT {cells.format(name)} FROM {name}" for name in tables]
        return repr([database.exec_driver_sql(query).all() for query in queries])
