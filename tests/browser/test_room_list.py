"""The list of rooms: creating one, and what happens in those that are not open."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.axe import check
from tests.browser.browsers import PHONE, REFUSED, WIDE, Visitor
from tests.browser.conftest import Visit
from tests.browser.logging_in import log_in_swedish
from tests.browser.sections import tabs
from tests.browser.test_keyboard import tab_to
from tests.browser.visibility import hide, show
from tests.browser.without_pings import server
from tests.support.server import LiveServer

__all__ = ["server"]

ZEBRA = "/chat/rooms/zebra"
READ = "(room) => localStorage.getItem(`me-api:read:${room}`)"


def open_tab(visitor: Visitor, name: str) -> None:
    tabs(visitor).filter(has_text=name).click()


def test_a_user_creates_a_room_by_the_keyboard(visit: Visit, server: LiveServer) -> None:
    make(server, "mos", owner=True)
    make(server, "ada")
    guest = visit("#/rooms", expects=REFUSED)
    expect(guest.page.get_by_text("Log in to create a room.")).to_be_visible()
    expect(guest.page.get_by_role("link", name="Create a room")).to_have_count(0)
    ada = visit("#/chat", expects=REFUSED)
    ada.log_in(email("ada"), PASSWORD)
    page, keyboard = ada.page, ada.page.keyboard
    tabs(ada).first.focus()
    tab_to(page, page.get_by_role("link", name="Create a room"))
    keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    name = page.get_by_label("Name in addresses")
    tab_to(page, name)
    keyboard.type("lobby")
    keyboard.press("Enter")
    alerts = page.locator("main").get_by_role("alert")
    expect(alerts).to_have_text("There is, or there was, a room lobby: choose another name.")
    name.fill("Nya rummet!")
    name.press("Enter")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(alerts).to_contain_text("such as my-room")
    check(ada)
    name.fill("Nya rummet")
    tab_to(page, page.get_by_label("Guests may"))
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Create a room"))
    keyboard.press("Enter")
    expect(tabs(ada).and_(page.locator("[aria-current]"))).to_have_text("Nya rummet")
    assert page.url.endswith("#/chat/nya-rummet")
    ada.say("först")
    ada.sees("först")
    room = server.get("/chat/rooms/nya-rummet").json["data"]
    assert (room["title"], room["guests"]) == ("Nya rummet", "read")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_form_for_a_room_fits_and_is_in_swedish(
    visit: Visit, server: LiveServer, viewport: Any
) -> None:
    token = make(server, "mos", owner=True)
    still = {"viewport": viewport, "locale": "sv-SE", "reduced_motion": "reduce"}
    mos = visit("#/rooms", expects=REFUSED, **still)
    log_in_swedish(mos, "mos")
    page = mos.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Skapa ett rum")
    for name in ("gammal", "nyheter", "styrelse", "zebra"):
        server.post("/chat/rooms", {"name": name}, token=token)
    server.delete("/chat/rooms/gammal", token=token)
    for name, answer in (
        ("gammal", "Det finns, eller har funnits, ett rum gammal: välj ett annat namn."),
        ("stor!", "måste vara ett namn på högst 64 tecken"),
    ):
        page.get_by_label("Namn i adresser").fill(name)
        page.locator("main").get_by_role("button", name="Skapa ett rum").click()
        expect(page.locator("main").get_by_role("alert")).to_contain_text(answer)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    check(mos)
    page.get_by_label("Namn i adresser").fill("litet")
    page.get_by_label("Gäster får").select_option(label="varken läsa eller skriva")
    page.locator("main").get_by_role("button", name="Skapa ett rum").click()
    expect(page.get_by_label("Skriv i Litet")).to_be_visible()
    current = page.get_by_role("navigation", name="Rum").locator("[aria-current]")
    expect(current).to_have_text("Litet")
    expect(current).to_be_in_viewport(ratio=1)
    assert server.get("/chat/rooms/litet").status == 403
    check(mos)


def test_rooms_that_are_not_joined_are_up_to_date(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    for name in ("nyheter", "zebra", "gammal"):
        server.post("/chat/rooms", {"name": name}, token=token)
    server.post(f"{ZEBRA}/messages", {"text": "förr"}, token=token)
    kim = visit("#/chat/zebra", reduced_motion="reduce")
    kim.sees("förr")
    kim.page.wait_for_function(f"() => ({READ})('zebra') === '1'")
    kim.go("#/chat/nyheter")
    # Only now are the timers those that the test moves.
    kim.page.clock.install()
    kim.reload()
    kim.wait_live()
    expect(tabs(kim)).to_have_text(["Lobby", "Help desk", "Nyheter", "Zebra", "Gammal"])
    server.post(f"{ZEBRA}/messages", {"text": "nytt"}, token=token)
    server.patch(ZEBRA, {"title": "Randigt"}, token=token)
    server.delete("/chat/rooms/gammal", token=token)
    server.post("/chat/rooms", {"name": "alfa"}, token=token)
    kim.page.clock.fast_forward(30_000)
    news = "Randigt – new messages"
    expect(tabs(kim)).to_have_text(["Lobby", "Help desk", "Nyheter", news, "Alfa"])
    check(kim)
    tabs(kim).filter(has_text="Randigt").press("Enter")
    kim.sees("förr", "nytt")
    expect(tabs(kim).filter(has_text="Randigt")).to_be_focused()
    expect(tabs(kim).filter(has_text="Randigt")).to_have_text("Randigt")
    # A room that is joined says it at once.
    open_tab(kim, "Nyheter")
    expect(tabs(kim).filter(has_text="Randigt")).to_have_text("Randigt")
    server.post(f"{ZEBRA}/messages", {"text": "mer"}, token=token)
    expect(tabs(kim).filter(has_text="Randigt")).to_have_text(news)


def test_the_list_is_read_when_the_page_is_seen_again(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    server.post("/chat/rooms", {"name": "zebra"}, token=token)
    kim = visit("#/chat")
    kim.wait_live()
    expect(tabs(kim)).to_have_count(3)
    hide(kim)
    server.patch(ZEBRA, {"title": "Randigt"}, token=token)
    show(kim)
    expect(tabs(kim).last).to_have_text("Randigt")
