"""Rooms with messages far from the newest: a long lobby, a closed room, the help desk."""

from typing import Any

from playwright.sync_api import Locator, expect

from benchmarks.fill import fill
from tests.browser.accounts import PASSWORD, email, make
from tests.browser.browsers import Visitor
from tests.conftest import StartServer
from tests.support.server import LiveServer

SIZE = 1500
GUEST = "g" * 32
FAR = 40
"""The id of a message that is far from the newest."""


def post(server: LiveServer, room: str, text: str, nick: str = "ada", **options: Any) -> int:
    """Post a message and return its id."""
    options.setdefault("guest", GUEST)
    reply = server.post(f"/chat/rooms/{room}/messages", {"nick": nick, "text": text}, **options)
    assert reply.status == 201, reply.json
    number: int = reply.json["data"]["id"]
    return number


def edit(server: LiveServer, number: int, text: str) -> None:
    """Change a message of the lobby that was filled, as the owner."""
    login = server.post("/login", {"email": email("mos"), "password": PASSWORD})
    path = f"/chat/rooms/lobby/messages/{number}"
    reply = server.patch(path, {"text": text}, token=login.json["data"]["token"])
    assert reply.status == 200, reply.json


def start_filled(start_server: StartServer, name: str, *others: str) -> LiveServer:
    """Start a server with a long lobby, a message in the help desk, and a closed room."""
    server = start_server(name, rooms=",".join(("lobby", "kundtjanst", "styrelse", *others)))
    server.stop()
    fill(server.database, {"lobby": SIZE})
    server.start()
    owner = make(server, "mos", owner=True)
    edit(server, FAR, "ett ovanligt krokodilord långt tillbaka")
    post(server, "kundtjanst", 'hjälp, en "krokodil" åt min sladd')
    post(server, "styrelse", "krokodilen är hemlig", token=owner, guest=None)
    closed = server.patch("/chat/rooms/styrelse", {"guests": "none"}, token=owner)
    assert closed.status == 200
    return server


def row(visitor: Visitor, number: int) -> Locator:
    return visitor.page.locator(f"[data-id='{number}']")


def shows(visitor: Visitor, number: int) -> None:
    """Wait until a message is highlighted, in sight, and has the focus."""
    expect(row(visitor, number)).to_be_in_viewport(ratio=1)
    expect(row(visitor, number)).to_have_attribute("aria-current", "location")
    expect(row(visitor, number)).to_be_focused()
    expect(visitor.page.locator(".message[aria-current]")).to_have_count(1)


def room_of(visitor: Visitor) -> Locator:
    """Return the button of the room that is shown."""
    return visitor.page.locator(".rooms [aria-current]")
