"""Tokens that expire on open connections, and users who are deleted meanwhile (F46)."""

from collections.abc import Callable

import pytest

from tests.chat.clients import (
    CHAT,
    ChatClient,
    Room,
    expire_soon,
    faults,
    make_token,
    renewed_token,
)
from tests.chat.conftest import MakeRoom, MakeToken, Visit
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import Refused, WireClient

EXPIRED = [(401, "expired_token", None)]
Unique = Callable[[str], str]


@pytest.fixture
def user(fresh: Unique) -> str:
    return fresh("user")


def wait_expired(client: ChatClient, room: Room) -> None:
    """Wait until the token of a connection has expired."""
    wait_until(lambda: "errors" in client.do("typing", room=room.name))


def test_an_expired_token_writes_nothing_until_it_is_renewed(
    room: Room, visit: Visit, make_user: MakeToken, user: str, server: LiveServer
) -> None:
    client = visit(room, token=make_user(user))
    mine = client.do("post", room=room.name, text="before")["data"]
    assert mine["verified"]
    expire_soon(client, server, user)
    wait_expired(client, room)
    for event, fields in (
        ("post", {"text": "hej"}),
        ("post", {"text": "/nick other"}),
        ("edit", {"id": mine["id"], "text": "changed"}),
        ("delete", {"id": mine["id"]}),
        ("typing", {}),
    ):
        assert faults(client.do(event, room=room.name, **fields)) == EXPIRED
    assert room.page()["data"] == [mine]
    # What anybody may read goes on.
    for event in ("join", "history", "changes", "members"):
        assert "data" in client.do(event, room=room.name)
    room.say("to all")
    assert client.wait_message("to all")
    renewed = client.do("authenticate", token=renewed_token(server, user))
    assert renewed["data"]["user"]["nick"] == user
    message = client.do("post", room=room.name, text="after")["data"]
    assert (message["nick"], message["verified"]) == (user, True)
    assert client.do("edit", room=room.name, id=mine["id"], text="changed")["data"]["edited"]


def test_a_token_is_renewed_before_it_expires(
    room: Room, visit: Visit, make_user: MakeToken, user: str, server: LiveServer
) -> None:
    token = make_user(user)
    client, control = visit(room, token=token), visit(room, token=token)
    expire_soon(client, server, user)
    client.do("authenticate", token=renewed_token(server, user))
    expire_soon(control, server, user)
    wait_expired(control, room)
    assert "data" in client.do("post", room=room.name, text="hej")


def test_a_closed_room_ends_for_an_expired_token(
    make_room: MakeRoom,
    visit: Visit,
    make_user: MakeToken,
    user: str,
    server: LiveServer,
    owner: str,
) -> None:
    closed, both = make_room("none"), make_room()
    client = visit(closed, both, token=make_user(user))
    expire_soon(client, server, user)
    assert client.wait_event("left", lambda left: left["room"] == closed.name)[0]["nick"] == user
    for event in ("join", "history", "changes", "members"):
        assert faults(client.do(event, room=closed.name)) == EXPIRED
    closed.say("secret", "the-owner", token=owner)
    both.say("for all")
    client.wait_message("for all")
    assert "secret" not in [message["text"] for message in client.messages()]
    client.do("authenticate", token=renewed_token(server, user))
    assert client.join(closed)["messages"][-1]["text"] == "secret"


def test_another_user_s_token_and_an_invalid_one_are_refused(
    room: Room, visit: Visit, make_user: MakeToken, fresh: Unique
) -> None:
    user, guest = visit(room, token=make_user(fresh("user"))), visit(room, nick=fresh("guest"))
    other = make_user(fresh("user"))
    for client in (user, guest):
        assert faults(client.do("authenticate", token=other)) == [(403, "forbidden", None)]
        assert faults(client.do("authenticate", token="x")) == [(401, "bad_token", None)]
        assert faults(client.do("authenticate")) == [(422, "invalid", "token")]
        assert "data" in client.do("post", room=room.name, text="as before")


def test_reports_and_the_course_want_a_valid_token(
    server: LiveServer, make_user: MakeToken, user: str
) -> None:
    token = make_user(user)
    with WireClient(server.host, server.port) as client:
        report = {"week": 51, "title": "t", "text": "x"}
        for namespace in ("/reports", "/"):
            client.connect(namespace, {"token": token})
            expire_soon(client, server, user, namespace)
        wait_until(lambda: "errors" in client.call("/reports", "save", report))
        wait_until(lambda: "errors" in client.call("/", "chat message", "/help"))
        assert faults(client.call("/reports", "save", report)) == EXPIRED
        assert faults(client.call("/", "chat message", "hej")) == EXPIRED
        for namespace in ("/reports", "/"):
            fresh_token = {"token": renewed_token(server, user)}
            assert "data" in client.call(namespace, "authenticate", fresh_token)
        assert "data" in client.call("/reports", "save", report)
        assert client.call("/", "chat message", "hej")["data"]["verified"]


def test_an_expired_token_does_not_resume(
    room: Room, visit: Visit, make_user: MakeToken, user: str, server: LiveServer
) -> None:
    client = visit(room, token=make_user(user))
    expired = renewed_token(server, user, hours=-1)
    client.abort()
    with (
        pytest.raises(Refused) as refused,
        WireClient(room.server.host, room.server.port, memory=client.memory) as again,
    ):
        again.connect(CHAT, {"token": expired})
    assert refused.value.data["data"]["code"] == "expired_token"


def test_a_deleted_user_writes_no_more_and_a_changed_role_counts(
    server: LiveServer, room: Room
) -> None:
    """It is applied by any process that changes the database."""
    token, demoted = make_token(server, "gone"), make_token(server, "boss", "owner")
    with ChatClient(server) as client, ChatClient(server) as boss:
        client.connect(CHAT, {"token": token})
        boss.connect(CHAT, {"token": demoted})
        client.join(room)
        message = room.say("hej")
        server.query("DELETE FROM users WHERE nick = 'gone'")
        wait_until(lambda: "errors" in client.do("typing", room=room.name))
        assert faults(client.do("post", room=room.name, text="x")) == [(401, "bad_token", None)]
        assert faults(client.do("authenticate", token=token)) == [(401, "bad_token", None)]
        edit = {"room": room.name, "id": message["id"]}
        assert "data" in boss.do("edit", **edit, text="by the owner")
        server.query("UPDATE users SET role = 'member' WHERE nick = 'boss'")
        texts = iter(range(10_000))
        wait_until(lambda: "errors" in boss.do("edit", **edit, text=str(next(texts))))
        assert faults(boss.do("edit", **edit, text="x")) == [(403, "forbidden", None)]
