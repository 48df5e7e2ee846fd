"""What front ends expect that were written for Express: trailing slashes, and preflights."""

import pytest
from flask import Flask

from me_api.rest.direct_views import DirectViews
from tests.chat.clients import Room, make_token
from tests.support.server import LiveServer

ORIGIN = "https://one.example"
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type, x-access-token",
}
GETS = ["/reports", "/chat", "/chat/rooms", "/chat/rooms/lobby/messages", "/healthz", "/metrics"]
GETS += ["/openapi.json", "/reports/week/1", "/chat/rooms/lobby/changes", "/ws", "/nowhere"]
WRITES = [
    ("POST", "/login", {"email": "doe@example.com", "password": "wrong password"}, 401),
    ("POST", "/register", {"email": "none"}, 422),
    ("POST", "/chat/rooms/lobby/messages", {"nick": "doe", "text": "hej"}, 201),
    ("POST", "/reports", {"week": 7, "title": "Sju", "text": "hej"}, 201),
    ("PUT", "/reports", {"week": 7, "title": "Sju", "text": "hej igen"}, 204),
    ("PUT", "/reports/week/7", {"title": "Sju", "text": "hej då"}, 204),
    ("DELETE", "/reports/week/7", None, 204),
    ("DELETE", "/reports", None, 405),
]
PATHS = ["/", "/login", "/login/", "/reports/week/abc", "/nowhere", "/a/b/c", "/api/v1/login/"]


@pytest.mark.parametrize("path", GETS)
def test_a_slash_at_the_end_changes_no_response(server: LiveServer, path: str) -> None:
    """F67: the response to a slash more was 404."""
    queries = ["", "?limit=1", "?colour=red"]
    for query in queries if path != "/metrics" else [""]:
        one, other = server.get(path + query), server.get(f"{path}/{query}")
        assert one.status == other.status, query
        assert one.headers.get_content_type() == other.headers.get_content_type()
        if path != "/metrics":
            assert one.body == other.body


def test_a_slash_at_the_end_of_what_writes(server: LiveServer) -> None:
    """F67: three front ends log in at `/login/`."""
    token = make_token(server, "slashes")
    for method, path, body, status in WRITES:
        reply = server.request(method, f"{path}/", body, token=token)
        assert reply.status == status, (method, path, reply.json)


def test_of_more_slashes_all_but_one_are_removed_by_a_redirect(server: LiveServer) -> None:
    reply = server.post("//login//", {"email": "doe@example.com", "password": "wrong password"})
    assert reply.status == 308
    assert reply.headers["Location"].endswith("/login/")


def test_a_room_of_a_path_has_no_slash(server: LiveServer, room: Room) -> None:
    """F67: the slash is not taken for a part of a name."""
    assert server.get(f"/chat/rooms/{room.name}/").json["data"]["name"] == room.name
    assert server.get("/chat/rooms/nowhere/").json["errors"][0]["source"] == "room"


def test_a_slash_at_the_end_costs_the_fast_path_nothing(app: Flask) -> None:
    """F67: the same views are called without a Flask request."""
    views = DirectViews(app, app.config["SETTINGS"])
    for path in ("/reports", "/chat/rooms/lobby/messages"):
        assert views.handles(path) and views.handles(f"{path}/")
    for method, path in (("POST", "/chat/rooms/lobby/messages"), ("GET", "/healthz")):
        assert views.accepts(method, path) and views.accepts(method, f"{path}/")


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_is_204_whether_there_is_a_route_or_not(server: LiveServer, path: str) -> None:
    """F68: it was 404, and a browser hid why from the page."""
    reply = server.request("OPTIONS", path, headers=PREFLIGHT)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in reply.headers["Access-Control-Allow-Methods"].split(", ")
    assert reply.headers["Access-Control-Allow-Headers"] == "content-type, x-access-token"
    assert "Content-Type" not in reply.headers
    again = server.post(path, {}, headers={"Origin": ORIGIN})
    assert again.status in (404, 405, 422)
    assert again.json["errors"][0]["status"] == again.status
    assert again.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_preflight_of_a_foreign_page_allows_nothing(narrow: LiveServer) -> None:
    for path in ("/login", "/nowhere"):
        headers = {**PREFLIGHT, "Origin": "https://three.example"}
        reply = narrow.request("OPTIONS", path, headers=headers)
        assert reply.status == 204
        assert not [name for name in reply.headers if name.startswith("Access-Control-Allow")]


def test_another_options_request_is_as_before(server: LiveServer) -> None:
    # Werkzeug's order of the methods differs from process to process.
    allowed = server.request("OPTIONS", "/login").headers["Allow"].split(", ")
    assert sorted(allowed) == ["OPTIONS", "POST"]
    assert server.request("OPTIONS", "/nowhere").status == 404
    assert server.request("OPTIONS", "/nowhere", headers={"Origin": ORIGIN}).status == 404
