"""How many messages are unread in all rooms: in the title, in the page and at its icon."""

from playwright.sync_api import expect

from tests.browser.accounts import make
from tests.browser.browsers import Visitor
from tests.browser.conftest import Visit
from tests.browser.room_settings import tabs
from tests.support.server import LiveServer
from tests.support.wait import wait_until

BADGES = "window.badges = []; navigator.setAppBadge = async (n) => window.badges.push(n);"
READ = "(room) => localStorage.getItem(`me-api:read:${room}`) !== null"


def open_room(visitor: Visitor, name: str, label: str) -> None:
    tabs(visitor).filter(has_text=label).click()
    visitor.page.wait_for_function(READ, arg=name)


def test_the_messages_of_all_rooms_are_counted(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    for name in ("nyheter", "zebra"):
        server.post("/chat/rooms", {"name": name}, token=token)

    def post(room: str, text: str) -> int:
        reply = server.post(f"/chat/rooms/{room}/messages", {"text": text}, token=token)
        number: int = reply.json["data"]["id"]
        return number

    kim = visit()
    kim.context.add_init_script(BADGES)
    kim.reload()
    kim.page.wait_for_function(READ, arg="lobby")
    open_room(kim, "zebra", "Zebra")
    post("lobby", "ett")
    gone = post("lobby", "två")
    # This room has never been opened.
    post("nyheter", "nytt")
    expect(kim.page).to_have_title("(2) mos")
    expect(kim.page.locator(".pages .count")).to_have_text("2")
    server.delete(f"/chat/rooms/lobby/messages/{gone}", token=token)
    expect(kim.page).to_have_title("(1) mos")
    open_room(kim, "lobby", "Lobby")
    expect(kim.page).to_have_title("mos")
    post("zebra", "ett")
    post("zebra", "två")
    expect(kim.page).to_have_title("(2) mos")
    # After a reload, the room has not been joined.
    kim.reload()
    kim.wait_live()
    expect(kim.page).to_have_title("(2) mos")
    wait_until(lambda: kim.page.evaluate("window.badges.at(-1)") == 2, what="the badge")
    open_room(kim, "zebra", "Zebra")
    expect(kim.page).to_have_title("mos")
    wait_until(lambda: kim.page.evaluate("window.badges.at(-1)") == 0, what="the badge")
