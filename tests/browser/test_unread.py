"""How many messages are unread in all rooms: in the title, in the page and at its icon."""

from playwright.sync_api import expect

from tests.browser.accounts import make
from tests.browser.browsers import PHONE, REFUSED, Visitor
from tests.browser.conftest import Visit
from tests.browser.sections import tabs
from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until

MESSAGES = "/chat/rooms/lobby/messages"
GUEST = "g" * 32
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


def test_a_room_that_cannot_be_read_has_nothing_unread(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    server.post("/chat/rooms", {"name": "zebra", "guests": "post"}, token=token)
    kim = visit("#/chat", expects=REFUSED).enter("kim")
    open_room(kim, "zebra", "Zebra")
    kim.say("hej")
    kim.sees("hej")
    open_room(kim, "lobby", "Lobby")
    ban = {"member": {"room": "zebra", "nick": "kim"}, "room": "zebra"}
    assert server.post("/moderation/bans", ban, token=token).status == 201
    server.post("/chat/rooms/zebra/messages", {"text": "nytt"}, token=token)
    kim.reload()
    kim.wait_live()
    # The list of rooms does not say in which of them one is banned.
    expect(kim.page).to_have_title("(1) Chat · mos")
    tabs(kim).filter(has_text="Zebra").click()
    expect(kim.page.get_by_role("alert")).to_have_text("You are banned from Zebra.")
    tabs(kim).filter(has_text="Lobby").click()
    expect(kim.page).to_have_title("Chat · mos")
    expect(tabs(kim).filter(has_text="Zebra")).to_have_text("Zebra")


def test_what_is_new_is_marked_and_one_jump_away(visit: Visit, server: LiveServer) -> None:
    def post(text: str) -> None:
        server.post(MESSAGES, {"nick": "ada", "text": text}, guest=GUEST)

    for number in range(40):
        post(f"gammalt {number}")
    kim = visit().enter("kim")
    expect(kim.message("gammalt 39")).to_be_in_viewport()
    kim.page.locator(".frame").hover()
    newest = kim.page.get_by_role("button", name="Jump to the newest message")

    def scroll_up() -> bool:
        # A turn of the wheel while the page still scrolls to its end has no effect.
        kim.page.mouse.wheel(0, -600)
        return newest.is_visible()

    wait_until(scroll_up)
    kim.message("gammalt 25").hover(trial=True)  # Waits until it has stopped moving.
    place = kim.message("gammalt 25").bounding_box()
    for number in range(3):
        post(f"nytt {number}")
    expect(newest).to_have_text("3 new ↓")
    assert kim.message("gammalt 25").bounding_box() == place
    expect(kim.page).to_have_title("(3) me-api")
    newest.click()
    expect(kim.message("nytt 2")).to_be_in_viewport()
    rows = kim.page.locator(".row").all_inner_texts()
    new = rows.index("New")
    assert "gammalt 39" in rows[new - 1] and "nytt 0" in rows[new + 1]
    expect(newest).to_have_count(0)
    expect(kim.page).to_have_title("me-api")


def test_on_a_phone_what_came_meanwhile_is_counted(visit: Visit, server: LiveServer) -> None:
    kim = visit("#/chat", viewport=PHONE, has_touch=True).enter("kim")
    kim.page.get_by_role("link", name="Reports").click()
    expect(kim.page.get_by_role("heading", name="Reports")).to_be_visible()
    server.post(MESSAGES, {"nick": "ada", "text": "hej"})
    expect(kim.page.locator(".pages .count")).to_have_text("1")
    kim.page.get_by_role("link", name="Chat").click()
    expect(kim.message("hej")).to_be_in_viewport()
    expect(kim.page.locator(".pages .count")).to_have_count(0)


def test_unread_messages_are_counted_at_the_icon(visit: Visit, server: LiveServer) -> None:
    visitor = visit()
    visitor.context.add_init_script(BADGES)
    visitor.page.set_viewport_size(PHONE)
    visitor.reload()
    # Until the room is loaded for the first time, all that is in it counts as read.
    visitor.page.wait_for_function("() => localStorage.getItem('me-api:read:lobby') !== null")
    server.post(MESSAGES, {"nick": "doe", "text": "hej"})
    expect(visitor.page).to_have_title("(1) me-api")
    wait_until(lambda: visitor.page.evaluate("window.badges.join()") == "0,1", what="the badge")


def test_what_oneself_has_written_is_read_also_if_it_is_stored_after_the_room_was_left(
    visit: Visit, make_server: MakeServer
) -> None:
    server = make_server(entry="held_commits")
    token = make(server, "mos", owner=True)
    server.post("/chat/rooms", {"name": "zebra", "guests": "post"}, token=token)
    kim = visit("#/chat", url=server.url).enter("kim")
    open_room(kim, "zebra", "Zebra")
    hold = server.folder / "hold"
    hold.touch()
    kim.say("hej")
    open_room(kim, "lobby", "Lobby")
    hold.unlink()
    kim.page.wait_for_function("() => localStorage.getItem('me-api:read:zebra') === '1'")
    kim.reload()
    kim.wait_live()
    expect(tabs(kim).filter(has_text="Zebra")).to_be_visible()
    expect(kim.page).to_have_title("Chat · mos")
