"""Messages far back: found in all rooms, shown where they stand, and addressed by a link."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from benchmarks.fill import fill
from tests.browser.accounts import PASSWORD, email, make
from tests.browser.browsers import LOST, PHONE, REFUSED, Visitor
from tests.browser.conftest import Visit
from tests.browser.passing import passing
from tests.browser.test_keyboard import tab_to
from tests.browser.test_looks import check
from tests.conftest import StartServer, reported
from tests.retention.keeping import keep, wait_pruned
from tests.support.server import LiveServer

SIZE = 1500
GUEST = "g" * 32
FAR = 40
"""The id of a message that is far from the newest."""

SCROLLED_PAST = """([last, newest]) => {
  const frame = document.querySelector(".frame");
  const below = frame.scrollHeight - frame.scrollTop - frame.clientHeight;
  const later = document.querySelector(`[data-id="${last}"] ~ [data-id]`);
  if (last >= newest ? below < 1 : later) return true;
  frame.scrollTop = 1e6;
}"""
"""Scroll down in each frame until there is a later message than the last, or the end is reached:
what a script has scrolled is undone if the page is rendered before the next frame."""


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


@pytest.fixture(scope="module")
def filled_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start one server with a long lobby, a closed room, and one whose messages were removed."""
    server = start_server("search", rooms="lobby,kundtjanst,styrelse,korttid,tomt")
    server.stop()
    fill(server.database, {"lobby": SIZE})
    server.start()
    owner = make(server, "mos", owner=True)
    edit(server, FAR, "ett ovanligt krokodilord långt tillbaka")
    post(server, "kundtjanst", 'hjälp, en "krokodil" åt min sladd')
    post(server, "styrelse", "krokodilen är hemlig", token=owner, guest=None)
    closed = server.patch("/chat/rooms/styrelse", {"guests": "none"}, token=owner)
    assert closed.status == 200
    for room, kept in (("korttid", 5), ("tomt", 1)):
        for number in range(1, 11):
            post(server, room, f"nummer {number}")
        server.query("UPDATE messages SET created = '2026-01-01T00:00:00.000Z' WHERE id <= 10")
        keep(server, room, **({"messages": kept} if room == "korttid" else {"days": kept}))
        wait_pruned(server, 6 if room == "korttid" else 11, room)
    yield server
    server.stop()


@pytest.fixture
def server(filled_server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Use the shared server, and print its log if the test fails."""
    return reported(filled_server, request)


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


def test_all_rooms_are_searched_by_the_keyboard(visit: Visit) -> None:
    kim = visit("#/chat", reduced_motion="reduce")
    page, keyboard = kim.page, kim.page.keyboard
    kim.wait_live()
    tab_to(page, page.get_by_role("link", name="Search the chat"))
    keyboard.press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()
    keyboard.type("krokodil*")
    keyboard.press("Enter")
    expect(page.locator(".found")).to_have_text("2 messages.")
    hits = page.get_by_role("list", name="What was found").get_by_role("link")
    expect(hits).to_have_count(2)
    expect(hits.nth(0)).to_contain_text("Help desk")
    expect(hits.nth(0)).to_contain_text("ada")
    expect(hits.nth(0).locator("mark")).to_have_text("krokodil")
    expect(hits.nth(1)).to_contain_text("Lobby")
    check(kim)
    expect(page.get_by_role("searchbox")).to_be_focused()
    tab_to(page, hits.nth(0))
    keyboard.press("Enter")
    expect(room_of(kim)).to_have_text("Help desk")
    shows(kim, 1)
    expect(hits).to_have_count(2)
    tab_to(page, hits.nth(1), "Shift+Tab")
    keyboard.press("Enter")
    expect(room_of(kim)).to_have_text("Lobby")
    shows(kim, FAR)
    check(kim)
    # The same again, after having left it.
    page.get_by_role("button", name="Jump to the newest message").click()
    expect(row(kim, SIZE)).to_be_in_viewport()
    expect(page.locator(".message[aria-current]")).to_have_count(0)
    hits.nth(1).click()
    shows(kim, FAR)
    with kim.context.expect_page() as opened:
        hits.nth(0).click(modifiers=["ControlOrMeta"])
    expect(opened.value.locator("[data-id='1'][aria-current]")).to_be_visible()
    expect(room_of(kim)).to_have_text("Lobby")


def test_a_closed_room_is_searched_for_those_who_may_read_it(visit: Visit) -> None:
    mos = visit("#/search/hemlig")
    expect(mos.page.locator(".found")).to_have_text("Nothing was found.")
    mos.log_in(email("mos"), PASSWORD)
    expect(mos.page.locator(".found")).to_have_text("1 message.")
    expect(mos.page.locator(".hits")).to_contain_text("Styrelse")


def test_on_a_phone_a_hit_is_opened_and_the_search_returned_to(visit: Visit) -> None:
    kim = visit("#/chat", viewport=PHONE, has_touch=True, locale="sv-SE", reduced_motion="reduce")
    page = kim.page
    page.get_by_role("link", name="Sök i chatten").tap()
    field = page.get_by_role("searchbox")
    field.fill("krokodilord")
    field.press("Enter")
    expect(page.locator(".found")).to_have_text("1 meddelande.")
    check(kim)
    page.locator(".hits a").tap()
    shows(kim, FAR)
    assert page.evaluate("location.hash") == f"#/chat/lobby/{FAR}"
    check(kim)
    page.go_back()
    expect(page.locator(".hits a")).to_have_count(1)
    expect(field).to_have_value("krokodilord")


def test_more_are_shown_and_what_is_wrong_is_said(visit: Visit) -> None:
    kim = visit("#/search/hej", expects=REFUSED)
    found, page = kim.page.locator(".found"), kim.page
    expect(found).to_have_text("30 messages, and there are more.")
    page.get_by_role("button", name="Show more").click()
    expect(found).to_have_text("60 messages, and there are more.")
    expect(page.locator(".hits a")).to_have_count(60)
    texts = page.locator(".hits a").evaluate_all("(links) => links.map((link) => link.href)")
    assert len(set(texts)) == 60
    page.get_by_role("searchbox").fill("x*")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("*")
    expect(page.locator(".hits")).to_have_count(0)


def test_a_link_shows_a_message_far_back_and_the_newest_follow_without_a_gap(
    visit: Visit, server: LiveServer
) -> None:
    kim = visit(f"#/chat/lobby/{FAR}")
    page = kim.page
    shows(kim, FAR)
    edit(server, FAR + 1, "ändrad medan den lästes")
    expect(kim.message("ändrad medan den lästes").locator(".when")).to_contain_text("edited")
    shows(kim, FAR)
    seen: set[int] = set()
    page.locator(".frame").hover()
    while SIZE not in seen:
        shown = page.locator("[data-id]").evaluate_all(
            "(rows) => rows.map((row) => row.dataset.id)"
        )
        ids = [int(number) for number in shown]
        assert ids == list(range(ids[0], ids[-1] + 1))
        assert not seen or ids[0] <= max(seen) + 1
        seen.update(ids)
        page.wait_for_function(SCROLLED_PAST, arg=[ids[-1], SIZE])
    expect(row(kim, SIZE)).to_be_in_viewport()


def test_a_link_leaves_what_is_new_unread_until_it_is_seen(
    visit: Visit, server: LiveServer
) -> None:
    kim = visit("#/chat/kundtjanst").enter("kim")
    expect(kim.message('hjälp, en "krokodil" åt min sladd')).to_be_visible()
    kim.page.wait_for_function("() => localStorage.getItem('me-api:read:kundtjanst') !== null")
    kim.go("#/reports")
    kim.page.goto("about:blank")
    for number in range(60):
        post(server, "kundtjanst", f"nytt {number}")
    kim.go("#/chat/kundtjanst/1")
    shows(kim, 1)
    newest = kim.page.get_by_role("button", name="Jump to the newest message")
    expect(newest).to_have_text("60 new ↓")
    newest.click()
    expect(kim.message("nytt 59")).to_be_in_viewport()
    assert kim.page.evaluate("location.hash") == "#/chat/kundtjanst"
    kim.say("svar")
    expect(kim.message("svar")).to_be_in_viewport()


def test_the_address_of_a_message_is_copied(visit: Visit, server: LiveServer) -> None:
    number = post(server, "kundtjanst", "kopiera mig")
    kim = visit("#/chat/kundtjanst", permissions=["clipboard-read", "clipboard-write"])
    with passing(kim.page, f"[data-id='{number}'] [role=status]", "Copied"):
        kim.act("kopiera mig", "Copy link")
    copied = kim.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{server.url}/#/chat/kundtjanst/{number}"
    ada = visit(copied.removeprefix(f"{server.url}/"))
    shows(ada, number)
    # The address in the API is another one, and JSON in a browser, too.
    response = ada.page.goto(f"{server.url}/chat/rooms/kundtjanst/messages/{number}")
    assert response and response.json()["data"]["text"] == "kopiera mig"
    assert response.headers["content-type"] == "application/json"
    # As without TLS.
    kim.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    kim.act("kopiera mig", "Copy link")
    expect(kim.page.get_by_label("Address")).to_have_value(copied)


def test_what_is_not_there_is_said(visit: Visit, server: LiveServer) -> None:
    number = post(server, "kundtjanst", "snart borta")
    server.delete(f"/chat/rooms/kundtjanst/messages/{number}", guest=GUEST)
    kim = visit(f"#/chat/kundtjanst/{number}", reduced_motion="reduce")
    page, said = kim.page, kim.page.locator(".jump [role=status]")
    shows(kim, number)
    expect(row(kim, number)).to_contain_text("This message was deleted")
    for path, text in (
        ("kundtjanst/9999", "This room has no message 9999."),
        ("korttid/3", "Message 3 is not here any more"),
        ("tomt/3", "Message 3 is not here any more"),
        ("korttid/11", "This room has no message 11."),
    ):
        kim.go(f"#/chat/{path}")
        expect(said).to_contain_text(text)
        assert page.evaluate("location.hash") == f"#/chat/{path}"
    check(kim)
    page.locator(".jump").get_by_role("button", name="Close").click()
    expect(said).to_have_count(0)
    assert page.evaluate("location.hash") == "#/chat/korttid"
    kim.go("#/chat/korttid/7")
    shows(kim, 7)
    expect(said).to_have_count(0)


def test_a_link_into_a_closed_room_is_followed_after_a_login(visit: Visit) -> None:
    mos = visit("#/chat/styrelse/1")
    expect(mos.page.get_by_text("Styrelse is only for registered users.")).to_be_visible()
    mos.log_in(email("mos"), PASSWORD)
    expect(room_of(mos)).to_have_text("Styrelse")
    shows(mos, 1)
    mos.go("#/chat/nowhere/1")
    expect(mos.page.get_by_text("There is no room Nowhere.")).to_be_visible()


def test_a_room_whose_messages_were_removed_shows_the_next(
    visit: Visit, server: LiveServer
) -> None:
    kim = visit("#/chat/tomt")
    expect(kim.page.get_by_text("Nothing is written here yet.")).to_be_visible()
    post(server, "tomt", "det första nya")
    kim.sees("det första nya")
    kim.go("#/chat/korttid")
    expect(kim.page.get_by_text("This is where it began.")).to_be_visible()


def test_after_an_absence_for_which_nothing_is_recovered_the_message_is_shown_again(
    visit: Visit, server: LiveServer
) -> None:
    kim = visit(f"#/chat/lobby/{FAR}", expects=LOST)
    shows(kim, FAR)
    nick = kim.page.get_by_label("Choose a nick to write")
    nick.fill("kim")
    server.stop()
    expect(kim.page.locator(".connection.reconnecting")).to_be_attached()
    assert server.flask("db", "new-epoch").returncode == 0
    server.start()
    kim.wait_live()
    expect(row(kim, FAR)).to_be_in_viewport(ratio=1)
    expect(row(kim, FAR)).to_have_attribute("aria-current", "location")
    expect(nick).to_be_focused()
    expect(nick).to_have_value("kim")
