"""Headers that keep a response from other callers, other pages and other types."""

import pytest
from flask import Flask

from me_api.me.page import Page
from tests.chat.clients import Room, secret
from tests.rest.keep_alive import VIA_FLASK
from tests.support.http import Reply
from tests.support.server import LiveServer

CREDENTIALS = {"authorization", "x-access-token", "x-guest"}
READS = [
    *("{room}", "{room}/messages", "{room}/messages/1", "{room}/changes", "{room}/members"),
    *("{room}/export", "{room}/stream", "/stream", "/chat", "/chat/rooms", "/chat/search?q=hej"),
    *("/reports", "/reports/week/1", "/reports/changes", "/nowhere", "/chat/rooms/nowhere"),
    *("{room}/messages/99", "{room}/messages?limit=x", "/"),
]


def vary(reply: Reply) -> set[str]:
    values = reply.headers.get_all("Vary") or []
    return {name.strip().lower() for value in values for name in value.split(",")}


def read(server: LiveServer, path: str, headers: dict[str, str]) -> Reply:
    method = "HEAD" if "stream" in path else "GET"
    return server.request(method, path, headers=headers)


@pytest.mark.parametrize("path", READS)
def test_a_read_with_credentials_is_private_and_every_read_varies_by_them(
    server: LiveServer, room: Room, owner: str, path: str
) -> None:
    """F48: a shared cache could send an owner's response to a guest."""
    room.say("hej")
    path = path.format(room=room.url)
    anonymous: list[dict[str, str]] = [{}, VIA_FLASK, {"If-None-Match": "*"}]
    for headers in anonymous:
        reply = read(server, path, headers)
        assert vary(reply) >= CREDENTIALS | {"origin"}
        assert "private" not in reply.headers.get("Cache-Control", "")
    for headers in (
        {"Authorization": f"Bearer {owner}"},
        {"x-access-token": owner},
        {"X-Guest": secret()},
        {"x-access-token": "nonsense"},
        {"X-Guest": "short"},
    ):
        reply = read(server, path, headers)
        assert vary(reply) >= CREDENTIALS | {"origin"}, headers
        assert "private" in reply.headers["Cache-Control"], headers


def test_a_closed_room_is_private_to_its_members_and_a_refusal_varies(
    server: LiveServer, room: Room, owner: str
) -> None:
    server.patch(room.url, {"guests": "none"}, token=owner)
    refused = server.get(f"{room.url}/messages")
    assert refused.status == 403 and vary(refused) >= CREDENTIALS
    seen = server.get(f"{room.url}/messages", token=owner)
    assert (seen.status, seen.headers["Cache-Control"]) == (200, "private")


def test_a_stream_keeps_its_own_directive(server: LiveServer, owner: str) -> None:
    reply = server.request("HEAD", "/stream", token=owner)
    directives = {part.strip() for part in reply.headers["Cache-Control"].split(",")}
    assert directives == {"no-cache", "private"}


def test_a_token_is_stored_by_no_cache(server: LiveServer) -> None:
    account = {"email": "kim@example.com", "password": "correct horse"}
    assert server.post("/register", account).status == 201
    assert server.post("/login", account).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("origin", [None, "https://one.example", "https://three.example"])
@pytest.mark.parametrize("path", ["/reports", "/nowhere", "/chat/rooms/lobby/messages"])
def test_every_response_varies_by_origin_if_some_are_allowed(
    narrow: LiveServer, path: str, origin: str | None
) -> None:
    headers = {"Origin": origin} if origin else {}
    for more in ({}, VIA_FLASK):
        assert "origin" in vary(narrow.get(path, headers=headers | more))


@pytest.mark.parametrize(
    "path", ["/docs", "/docs/", "/docs/index.html", "/docs/oauth2-redirect.html"]
)
def test_all_html_has_the_policy_of_the_page(shared_server: LiveServer, path: str) -> None:
    """F49: any site could frame /docs, and run scripts in it."""
    reply = shared_server.get(path)
    assert reply.headers.get_content_type() == "text/html"
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("host", ["me.example", "x; script-src *", "</script><script>alert(1)"])
def test_docs_run_the_same_script_for_every_host(app: Flask, host: str) -> None:
    """The policy allows what is in the page: nothing of the request may be."""
    app.extensions["page"] = Page()
    replies = [app.test_client().get("/docs/", headers={"Host": h}) for h in ("a.example", host)]
    assert replies[0].text == replies[1].text


@pytest.mark.parametrize(
    "path",
    ["/", "/docs", "/docs/swagger-ui.css", "/reports", "/nowhere", "/metrics", "/openapi.json"],
)
def test_the_type_of_a_response_is_not_guessed(shared_server: LiveServer, path: str) -> None:
    for headers in ({}, VIA_FLASK, {"If-None-Match": "*"}):
        reply = shared_server.get(path, headers=headers)
        assert reply.headers.get_all("X-Content-Type-Options") == ["nosniff"]


def test_polling_is_cached_by_nobody(shared_server: LiveServer) -> None:
    """F48: a poll returns what one client is to receive."""
    path = "/socket.io/?EIO=4&transport=polling"
    opened = shared_server.get(path)
    sid = opened.body.decode().split('"sid":"')[1].split('"')[0]
    sent = shared_server.post(f"{path}&sid={sid}", body=b"40/chat,")
    for reply in (
        opened,
        sent,
        shared_server.get(f"{path}&sid={sid}"),
        shared_server.get("/socket.io/"),
    ):
        assert reply.headers.get_all("Cache-Control") == ["no-store"]
        assert reply.headers.get_all("X-Content-Type-Options") == ["nosniff"]
