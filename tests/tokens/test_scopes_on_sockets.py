"""What the scope of a token excludes on connections that stay open."""

from json import dumps

import pytest

from tests.chat.clients import CHAT, ChatClient, Room, faults
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.sse import EventStream
from tests.support.wire import Refused, WireClient
from tests.tokens.conftest import MakeApiToken
from tests.tokens.refused import REFUSED


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
