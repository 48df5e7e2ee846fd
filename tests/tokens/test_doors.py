"""What the scope of a token excludes is refused at every door, and what it allows works there."""

from json import dumps
from typing import Any

import pytest

from tests.chat.clients import CHAT, ChatClient, Room, faults
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.sse import EventStream
from tests.support.wire import Refused, WireClient
from tests.tokens.conftest import MakeApiToken

REFUSED = [(403, "token_scope", None)]
READS = (
    "",
    "/members",
    "/messages",
    "/messages/1",
    "/changes",
    "/changes?wait=20",
    "/stream",
    "/export",
)


def read_paths(room: str) -> list[str]:
    """Return all that can be read of a room."""
    return [f"/chat/rooms/{room}{rest}" for rest in READS] + [f"/chat/search?q=first&room={room}"]


def writes(room: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    """Return all that can be written in a room."""
    url = f"/chat/rooms/{room}/messages"
    return [
        ("POST", url, {"text": "hej"}),
        ("POST", url, {"text": "/clients"}),
        ("PATCH", f"{url}/1", {"text": "hej"}),
        ("DELETE", f"{url}/1", None),
    ]


def assert_refused(server: LiveServer, method: str, path: str, body: Any, token: str) -> None:
    reply = server.request(method, path, body, token=token)
    assert faults(reply) == REFUSED, (method, path)


@pytest.mark.parametrize("other", ["closed", "open", "missing"])
def test_another_room_is_refused_over_rest(
    server: LiveServer, rooms: tuple[str, str], make_api_token: MakeApiToken, other: str
) -> None:
    """Also one that guests may read, and one that is not there."""
    own, closed = rooms
    room = {"closed": closed, "open": "lobby", "missing": "no-such-room"}[other]
    token = make_api_token(rooms=[own])["token"]
    for path in read_paths(room):
        assert_refused(server, "GET", path, None, token)
    for method, path, body in writes(room):
        assert_refused(server, method, path, body, token)


def test_its_own_room_is_not(
    server: LiveServer, rooms: tuple[str, str], make_api_token: MakeApiToken
) -> None:
    own, other = rooms
    made = make_api_token(rooms=[own])
    for path in read_paths(own):
        if not path.endswith(("stream", "wait=20")):
            assert server.get(path, token=made["token"]).status == 200, path
    for method, path, body in writes(own):
        assert server.request(method, path, body, token=made["token"]).status in (200, 201), path
    listed = server.get("/chat/rooms", token=made["token"]).json["data"]
    assert [room["name"] for room in listed] == [own]
    Room(server, own).post("findable words", token=made["token"])
    for name in (other, "lobby"):
        Room(server, name).post("findable words", token=make_api_token()["token"])
    found = server.get("/chat/search?q=findable", token=made["token"]).json["data"]
    assert {message["room"] for message in found} == {own}
    everywhere = server.get("/chat/search?q=findable", token=make_api_token()["token"]).json["data"]
    assert {message["room"] for message in everywhere} >= {own, other}


def test_no_connection_shows_the_email(
    server: LiveServer, login: str, rooms: tuple[str, str], make_api_token: MakeApiToken
) -> None:
    """A thing that is lost says whose it was, but not more of the account."""
    token = make_api_token()["token"]
    with ChatClient(server) as client:
        for namespace in (CHAT, "/reports"):
            before = len(client.packets)
            client.connect(namespace, {"token": token})
            user = client.wait_event("ready", since=before)[0]["user"]
            assert user == {"email": "", "nick": "maker", "role": "member"}
            answer = client.call(namespace, "authenticate", {"token": token})
            assert answer["data"]["user"] == user
            answer = client.call(namespace, "authenticate", {"token": login})
            assert answer["data"]["user"]["email"] == "maker@example.com"
    native = NativeClient(server, f"/ws/chat?room={rooms[0]}&token={token}")
    native.send(dumps({"event": "authenticate", "token": token}))
    assert native.wait_body(lambda body: body.get("event") == "authenticated")["user"] == user
    native.abort()


def test_without_the_scope_to_post_nothing_is_written(
    server: LiveServer, rooms: tuple[str, str], make_api_token: MakeApiToken
) -> None:
    token = make_api_token(scopes=["read"])["token"]
    for method, path, body in writes(rooms[0]):
        assert_refused(server, method, path, body, token)
    with ChatClient(server) as client:
        client.connect(CHAT, {"token": token})
        client.join(Room(server, rooms[0]))
        assert faults(client.do("typing", room=rooms[0])) == REFUSED
    report = {"week": 9, "title": "x", "text": "x"}
    assert_refused(server, "POST", "/reports", report, token)
    assert_refused(server, "POST", "/reports/preview", {"text": "x"}, token)
    assert_refused(server, "PUT", "/reports/week/9", {"title": "x", "text": "x"}, token)
    assert_refused(server, "DELETE", "/reports/week/9", None, token)
    assert_refused(server, "POST", "/chat/rooms", {"name": "new-room"}, token)
    assert_refused(server, "PATCH", f"/chat/rooms/{rooms[0]}", {"title": "x"}, token)


def test_without_the_scope_to_read_nothing_is_read(
    server: LiveServer, rooms: tuple[str, str], make_api_token: MakeApiToken
) -> None:
    own, _ = rooms
    token = make_api_token(scopes=["post"], rooms=[own])["token"]
    paths = [*read_paths(own), "/chat", "/chat/rooms", "/chat/search?q=first", "/stream"]
    for path in paths:
        assert_refused(server, "GET", path, None, token)
    assert_refused(server, "POST", f"/chat/rooms/{own}/messages", {"text": "/clients"}, token)
    posted = Room(server, own).post("/me mäter", token=token)
    assert posted.status == 201 and posted.json["data"]["text"] == "*mäter*"
    # What everybody may read is not of a room, and needs no token.
    assert server.get("/reports", token=token).status == 200
    with ChatClient(server) as client:
        client.connect(CHAT, {"token": token})
        assert "data" in client.do("post", room=own, text="21 °C")
        for event in ("join", "history", "changes", "members", "typing"):
            assert faults(client.do(event, room=own)) == REFUSED


def test_another_room_is_refused_on_sockets(
    server: LiveServer, rooms: tuple[str, str], make_api_token: MakeApiToken
) -> None:
    own, other = rooms
    token = make_api_token(rooms=[own])["token"]
    with ChatClient(server) as client:
        client.connect(CHAT, {"token": token})
        client.join(Room(server, own))
        for event, fields in (
            ("join", {}),
            ("leave", {}),
            ("history", {}),
            ("changes", {}),
            ("members", {}),
            ("typing", {}),
            ("post", {"text": "hej"}),
            ("post", {"text": "/clients"}),
            ("edit", {"id": 1, "text": "x"}),
            ("delete", {"id": 1}),
        ):
            for room in (other, "lobby"):
                assert faults(client.do(event, room=room, **fields)) == REFUSED, (event, room)
        assert client.do("post", room=own, text="hej")["data"]["verified"]
        client.wait_message("hej")
    with WireClient(server.host, server.port) as reporter:
        reporter.connect("/reports", {"token": token})
        report = {"week": 9, "title": "x", "text": "x"}
        assert faults(reporter.call("/reports", "save", report)) == REFUSED
        reporter.connect("/me", {"token": token})
        assert faults(reporter.call("/me", "save", {"name": "x"})) == REFUSED


def test_the_course_s_clients_are_refused_their_room(
    server: LiveServer, rooms: tuple[str, str], make_api_token: MakeApiToken
) -> None:
    own, _ = rooms
    token = make_api_token(rooms=[own], scopes=["read"])["token"]
    for auth, code in (({"token": token}, "token_scope"), ({"token": token[:-1]}, "bad_token")):
        with pytest.raises(Refused) as refused, WireClient(server.host, server.port) as client:
            client.connect("/", auth)
        assert refused.value.data["data"]["code"] == code
    with WireClient(server.host, server.port) as client:
        client.connect("/", {"token": token, "room": own})
        assert faults(client.call("/", "chat message", "hej")) == REFUSED
        client.call("/", "add user", "maker")
        assert faults(client.call("/", "typing")) == REFUSED


def test_another_room_is_refused_to_native_clients(
    server: LiveServer, rooms: tuple[str, str], make_api_token: MakeApiToken
) -> None:
    own, other = rooms
    token = make_api_token(rooms=[own], scopes=["read"])["token"]
    for room in (other, "lobby"):
        for query, headers in ((f"&token={token}", {}), ("", {"x-access-token": token})):
            client = NativeClient(server, f"/ws/chat?room={room}{query}", headers=headers)
            assert client.status == 403
            client.abort()
    client = NativeClient(server, f"/ws/chat?room={own}&token={token}")
    assert client.status == 101
    client.say("hej", key="k")
    error = client.wait_body(lambda body: body.get("key") == "k")
    assert faults(error) == REFUSED
    client.abort()


def test_everything_is_what_the_token_may_read(
    server: LiveServer, rooms: tuple[str, str], make_api_token: MakeApiToken, login: str
) -> None:
    """The stream of everything has the reports, and of the chat the rooms of the token."""
    own, other = rooms
    headers = {"x-access-token": make_api_token(rooms=[own], scopes=["read"])["token"]}
    with EventStream(server.host, server.port, "/stream", headers=headers) as stream:
        for room in (other, "lobby", own):
            assert Room(server, room).post(f"in {room}", token=login).status == 201
        server.post("/reports", {"week": 8, "title": "x", "text": "x"}, token=login)
        stream.wait_until(lambda: [event.name for event in stream.events] == ["message", "report"])
        assert stream.events[0].data["room"] == own
        last = stream.last_id
    Room(server, other).post("missed", token=login)
    Room(server, own).post("missed", token=login)
    with EventStream(server.host, server.port, "/stream", headers=headers, last=last) as again:
        again.wait_until(lambda: again.events)
        assert again.events[0].data["room"] == own


def test_a_login_s_connection_may_go_on_with_less(
    server: LiveServer, rooms: tuple[str, str], make_api_token: MakeApiToken, login: str
) -> None:
    """A connection that takes a narrower token leaves the rooms that it is not for."""
    own, other = rooms
    token = make_api_token(rooms=[own], scopes=["read"])["token"]
    with ChatClient(server) as client:
        client.connect(CHAT, {"token": login})
        client.join(Room(server, own))
        client.join(Room(server, other))
        assert "data" in client.do("authenticate", token=token)
        client.wait_event("left", lambda body, *_: body["room"] == other)
        assert faults(client.do("post", room=own, text="x")) == REFUSED
        for room in (other, own):
            assert Room(server, room).post(f"now in {room}", token=login).status == 201
        client.wait_message(f"now in {own}")
        assert f"now in {other}" not in [message["text"] for message in client.messages()]
        assert "data" in client.do("authenticate", token=login)
        client.join(Room(server, other))
