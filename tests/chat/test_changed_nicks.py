"""Users who change their nick while they are connected: over every interface, under any client."""

from collections.abc import Callable

from tests.chat.clients import CHAT, ChatClient, Room, faults
from tests.chat.conftest import MakeToken, Visit
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient

Unique = Callable[[str], str]


def rename(server: LiveServer, token: str, nick: str) -> None:
    reply = server.patch("/account", {"nick": nick}, token=token)
    assert reply.status == 200, reply.body


def nicks(room: Room) -> set[str]:
    return {member["nick"] for member in room.get("/members").json["data"]}


def test_all_connections_of_the_user_go_on_under_the_new_nick(
    server: LiveServer, room: Room, visit: Visit, make_user: MakeToken, fresh: Unique
) -> None:
    old, new = fresh("old"), fresh("new")
    token = make_user(old)
    other = visit(room, nick=fresh("other"))
    client = visit(room, token=token)
    before = client.do("post", room=room.name, text="before")["data"]
    native = NativeClient(server, f"/ws/chat?room={room.name}&token={token}")
    native.wait_open()
    rename(server, token, new)
    other.wait_event("joined", lambda body, *_: body["nick"] == new)
    client.wait_event("notice", lambda body, *_: body["text"] == f"You are {new} now.")
    changed = {"email": f"{old}@example.com", "nick": new, "role": "member"}
    client.wait_event("user", lambda body, *_: body == {"nick": new, "user": changed})
    wait_until(lambda: new in nicks(room) and old not in nicks(room))
    after = client.do("post", room=room.name, text="after")["data"]
    assert (after["nick"], after["verified"]) == (new, True)
    native.wait_body(lambda body: body.get("text") == f"You are {new} now.")
    native.say("natively")
    message = native.wait_text("natively")
    assert (message["nick"], message["verified"]) == (new, True)
    # What was written stays as it was written, and the user's.
    assert room.page()["data"][0] == before
    assert client.do("edit", room=room.name, id=before["id"], text="x")["data"]["nick"] == old
    # Nobody has the old nick: a guest may take it.
    visit(room, nick=old)
    native.abort()


def test_another_role_is_sent_and_nobody_is_renamed(
    server: LiveServer, room: Room, visit: Visit, make_user: MakeToken, owner: str, fresh: Unique
) -> None:
    nick = fresh("kalle")
    token = make_user(nick)
    client = visit(room, token=token)
    native = NativeClient(server, f"/ws/chat?room={room.name}&token={token}")
    native.wait_open()
    ((user_id,),) = server.query("SELECT id FROM users WHERE nick = :nick", nick=nick)
    assert server.patch(f"/users/{user_id}", {"role": "moderator"}, token=owner).status == 200
    user = client.wait_event("user")[0]
    changed = {"email": f"{nick}@example.com", "nick": nick, "role": "moderator"}
    assert user == {"nick": nick, "user": changed}
    # Whatever the change had caused would have been sent before these to the same clients.
    rename(server, token, fresh("new"))
    notice = client.wait_event("notice")[0]
    shown = native.wait_body(lambda body: body.get("event") in ("notice", "user"))
    native.abort()
    assert not [body for body in (notice, shown) if body["text"] == f"You are {nick} now."]


def test_a_client_that_was_away_comes_back_under_the_new_nick(
    server: LiveServer, room: Room, visit: Visit, make_user: MakeToken, fresh: Unique
) -> None:
    old, new = fresh("old"), fresh("new")
    token = make_user(old)
    client = visit(room, token=token)
    client.abort()
    rename(server, token, new)
    with ChatClient(server, client.memory) as again:
        again.connect(CHAT, {"token": token})
        ready = again.wait_event("ready")[0]
        assert ready["nick"] == new
        assert again.do("post", room=room.name, text="hej")["data"]["verified"]


def test_who_writes_under_another_nick_keeps_it(
    server: LiveServer, room: Room, visit: Visit, make_user: MakeToken, fresh: Unique
) -> None:
    old, other = fresh("old"), fresh("another")
    token = make_user(old)
    client = visit(room, token=token, nick=other)
    rename(server, token, fresh("new"))
    message = client.do("post", room=room.name, text="hej")["data"]
    assert (message["nick"], message["verified"]) == (other, False)


def test_a_nick_that_somebody_is_connected_under_is_refused(
    server: LiveServer, room: Room, visit: Visit, make_user: MakeToken, fresh: Unique
) -> None:
    old, used = fresh("old"), fresh("used")
    token = make_user(old)
    visit(room, nick=used)
    refused = server.patch("/account", {"nick": used}, token=token)
    assert faults(refused) == [(409, "nick_taken", "nick")]
    assert server.get("/account", token=token).json["data"]["nick"] == old


def test_a_client_of_the_course_is_shown_under_the_new_nick(
    server: LiveServer, make_user: MakeToken, fresh: Unique
) -> None:
    old, new = fresh("old"), fresh("new")
    token, lobby = make_user(old), Room(server, "lobby")
    with WireClient(server.host, server.port) as client:
        client.connect("/", {"token": token, "nick": old})
        wait_until(lambda: old in nicks(lobby))
        rename(server, token, new)
        wait_until(lambda: new in nicks(lobby) and old not in nicks(lobby))
        message = client.call("/", "chat message", "hej")["data"]
        assert (message["nick"], message["verified"]) == (new, True)
        client.call("/", "chat message", f"/nick {new}")
        rename(server, token, old)
        wait_until(lambda: old in nicks(lobby) and new not in nicks(lobby))
        assert client.call("/", "chat message", "hej")["data"]["nick"] == old
