"""What the scope of a token excludes is refused over REST, and what it allows works there."""

import pytest

from tests.chat.clients import CHAT, ChatClient, Room, faults
from tests.support.server import LiveServer
from tests.tokens.conftest import MakeApiToken
from tests.tokens.refused import REFUSED, assert_refused, read_paths, writes


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
