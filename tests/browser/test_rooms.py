"""Rooms that are renamed, archived, closed and deleted on one page, while others are open."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.browsers import LOST, PHONE, REFUSED, WIDE, Visitor
from tests.browser.conftest import Visit
from tests.browser.test_looks import check
from tests.support.proxy import Proxy
from tests.support.server import LiveServer

NEWS = "/chat/rooms/nyheter"


def section(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("region", name=name, exact=True)


def submit(visitor: Visitor, name: str, button: str = "Save") -> Locator:
    """Send the form with this heading, and return it."""
    form = section(visitor, name)
    form.get_by_role("button", name=button).click()
    return form


def tabs(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("navigation", name="Rooms").get_by_role("button")


def test_a_renamed_room_stays_where_it_is(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    for name in ("nyheter", "zebra"):
        server.post("/chat/rooms", {"name": name}, token=token)
    kim = visit("#/chat/nyheter").enter("kim")
    kim.say("hej")
    expect(tabs(kim)).to_have_count(4)
    before = tabs(kim).all_inner_texts()
    mos = visit("#/chat/nyheter", expects=REFUSED)
    expect(mos.page.get_by_role("link", name="Settings of Nyheter")).to_have_count(0)
    mos.log_in(email("mos"), PASSWORD)
    mos.page.get_by_role("link", name="Settings of Nyheter").click()
    expect(mos.page.get_by_role("heading", level=1)).to_be_focused()
    section(mos, "Name").get_by_label("Name that is shown").fill(" ")
    expect(submit(mos, "Name").get_by_role("alert")).to_be_visible()
    expect(mos.page.get_by_label("Name that is shown")).to_have_attribute("aria-invalid", "true")
    mos.page.get_by_label("Name that is shown").fill("Gamla nyheter")
    expect(submit(mos, "Name").get_by_role("status")).to_have_text("Saved.")
    expect(mos.page.get_by_role("heading", level=1)).to_have_text("Settings of Gamla nyheter")
    after = ["Gamla nyheter" if each == "Nyheter" else each for each in before]
    for visitor in (kim, mos):
        expect(tabs(visitor)).to_have_text(after)
        expect(visitor.page.get_by_label("Write in Gamla nyheter")).to_be_visible()
        expect(visitor.page.get_by_role("list", name="Messages in Gamla nyheter")).to_be_visible()
    kim.reload()
    kim.sees("hej")
    assert kim.page.url.endswith("#/chat/nyheter")
    expect(tabs(kim).and_(kim.page.locator("[aria-current]"))).to_have_text("Gamla nyheter")


def test_an_archived_room_says_so_until_it_is_opened_again(
    visit: Visit, server: LiveServer
) -> None:
    token = make(server, "mos", owner=True)
    server.post("/chat/rooms", {"name": "nyheter"}, token=token)
    kim = visit("#/chat/nyheter").enter("kim")
    kim.say("hej")
    kim.message("hej").hover()
    expect(kim.message("hej").get_by_role("button", name="Edit")).to_be_visible()
    kim.act("hej", "Edit")
    mos = visit("#/rooms/nyheter", expects=REFUSED)
    expect(mos.page.get_by_text("Only moderators change rooms.")).to_be_visible()
    mos.log_in(email("mos"), PASSWORD)
    submit(mos, "Archive", "Archive")
    expect(kim.page.get_by_text("This room is archived")).to_be_visible()
    expect(kim.field).to_have_count(0)
    expect(kim.page.get_by_label("Edit your message")).to_have_count(0)
    expect(kim.message("hej").get_by_role("button")).to_have_text(["Copy link"])
    kim.reload()
    kim.sees("hej")
    expect(kim.page.get_by_text("This room is archived")).to_be_visible()
    mos.go("#/chat/nyheter")
    mos.message("hej").hover()
    expect(mos.message("hej").get_by_role("button")).to_have_text(
        ["Delete", "Copy link", "Moderate"]
    )
    mos.go("#/rooms/nyheter")
    submit(mos, "Archive", "Open it again")
    expect(kim.field).to_be_visible()
    kim.say("igen")
    mos.sees("hej", "igen")


def test_a_deleted_room_closes_wherever_it_is_open(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    server.post("/chat/rooms", {"name": "nyheter"}, token=token)
    server.patch(NEWS, {"title": "Gamla nyheter"}, token=token)
    with Proxy(server.port) as proxy:
        away = visit("#/chat/nyheter", url=proxy.url, expects=(*LOST, *REFUSED)).enter("away")
        still: Any = {"reduced_motion": "reduce", "expects": REFUSED}
        kim = visit("#/chat/nyheter", **still).enter("kim")
        reader = visit("#/chat/nyheter", **still)
        kim.say("hej")
        for visitor in (away, reader):
            visitor.sees("hej")
        proxy.refuse = True
        proxy.cut()
        expect(away.page.locator(".connection.reconnecting")).to_be_visible()
        away.say("skrivet i tunneln")
        mos = visit("#/rooms/nyheter", **still)
        mos.log_in(email("mos"), PASSWORD)
        form = submit(mos, "Delete the room", "Delete the room")
        expect(form.get_by_label("Yes, delete the room")).to_be_focused()
        form.get_by_label("Yes, delete the room").check()
        form.get_by_label("Why").fill("tom")
        submit(mos, "Delete the room", "Delete the room")
        line = "Gamla nyheter was deleted, with all that was written there."
        proxy.refuse = False
        for visitor in (kim, reader, away):
            expect(visitor.page.get_by_role("alert").filter(has_text=line)).to_be_visible()
        expect(mos.page.get_by_text("was deleted, with all")).to_be_visible()
        for visitor in (kim, reader, mos):
            visitor.sees()
            expect(visitor.field).to_have_count(0)
            expect(tabs(visitor)).to_have_text(["Lobby", "Help desk"])
            check(visitor)
        lost = away.page.locator(".pending.failed")
        expect(lost).to_contain_text("skrivet i tunneln")
        expect(lost).to_contain_text("was deleted")
        lost.get_by_role("button", name="Discard").click()
        away.sees()
    tabs(kim).filter(has_text="Lobby").click()
    kim.say("vidare")
    kim.sees("vidare")
    kim.go("#/chat/nyheter")
    expect(kim.page.get_by_role("alert")).to_contain_text("was deleted")
    entry = server.get("/moderation/log", token=token).json["data"][0]
    assert (entry["action"], entry["reason"]) == ("delete_room", "tom")


def test_a_room_that_is_closed_to_guests_opens_with_a_login(
    visit: Visit, server: LiveServer
) -> None:
    make(server, "mos", owner=True)
    make(server, "kim")
    kim = visit("#/chat", expects=REFUSED).enter("guest")
    kim.say("hej")
    mos = visit("#/rooms/lobby", expects=REFUSED)
    mos.log_in(email("mos"), PASSWORD)
    access = section(mos, "Guests").get_by_label("Guests may")
    for choice in ("read", "neither read nor write"):
        access.select_option(label=choice)
        expect(submit(mos, "Guests").get_by_role("status")).to_have_text("Saved.")
        expect(access.locator("option:checked")).to_have_text(choice)
    closed = kim.page.get_by_role("alert").filter(has_text="only for registered users")
    expect(closed).to_be_visible()
    expect(tabs(kim)).to_have_text(["Help desk"])
    expect(closed).to_be_visible()
    kim.sees()
    kim.page.get_by_role("region", name="Chat").get_by_role("button", name="Log in").click()
    dialog = kim.page.get_by_role("dialog")
    dialog.get_by_label("Email").fill(email("kim"))
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Log in", exact=True).click()
    kim.sees("hej")
    kim.say("inne")
    expect(closed).to_have_count(0)


def test_what_retention_the_server_refuses_is_shown_at_its_field(
    visit: Visit, server: LiveServer
) -> None:
    token = make(server, "mos", owner=True)
    mos = visit("#/rooms/lobby", expects=REFUSED)
    mos.log_in(email("mos"), PASSWORD)
    form = section(mos, "How long messages stay")
    days, most = form.get_by_label("Days"), form.get_by_label("Number of messages")
    days.fill("36501")
    most.fill("5")
    submit(mos, "How long messages stay")
    expect(days).to_have_attribute("aria-invalid", "true")
    expect(days).to_have_accessible_description("must be at most 36500")
    expect(most).not_to_have_attribute("aria-invalid", "true")
    assert server.get("/chat/rooms/lobby").json["data"]["retention_messages"] == 0
    days.fill("30")
    expect(submit(mos, "How long messages stay").get_by_role("status")).to_have_text("Saved.")
    mos.reload()
    expect(days).to_have_value("30")
    expect(most).to_have_value("5")
    days.fill("")
    expect(submit(mos, "How long messages stay").get_by_role("status")).to_have_text("Saved.")
    expect(days).to_have_value("")
    room = server.get("/chat/rooms/lobby", token=token).json["data"]
    assert (room["retention_days"], room["retention_messages"]) == (0, 5)


def test_moderators_rename_and_archive_only(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    make(server, "kim")
    kim = visit("#/rooms/lobby", expects=REFUSED)
    kim.log_in(email("kim"), PASSWORD)
    expect(kim.page.get_by_text("Only moderators change rooms.")).to_be_visible()
    (user,) = [
        each for each in server.get("/users", token=token).json["data"] if each["nick"] == "kim"
    ]
    server.patch(f"/users/{user['id']}", {"role": "moderator"}, token=token)
    kim.reload()
    expect(kim.page.locator(".top .user")).to_contain_text("moderator")
    expect(section(kim, "Archive")).to_be_visible()
    expect(kim.page.locator("main section")).to_have_count(2)
    submit(kim, "Archive", "Archive")
    expect(kim.page.get_by_text("This room is archived: it can only be read.")).to_be_visible()
    missing = kim.go("#/rooms/missing")
    expect(missing.page.get_by_role("alert").first).to_contain_text("There is no room")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_settings_fit_and_are_in_swedish(
    visit: Visit, server: LiveServer, viewport: Any
) -> None:
    token = make(server, "mos", owner=True)
    mos = visit("#/rooms/lobby", viewport=viewport, locale="sv-SE", reduced_motion="reduce")
    page = mos.page
    page.get_by_role("banner").get_by_role("button", name="Logga in").click()
    page.get_by_label("E-post").fill(email("mos"))
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name="Logga in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inställningar för Lobby")
    headings = ["Namn", "Arkivera", "Gäster", "Hur länge meddelanden stannar", "Radera rummet"]
    expect(page.locator("main h2")).to_have_text(headings)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    check(mos)
    server.patch("/chat/rooms/lobby", {"title": "å" * 200}, token=token)
    expect(page.get_by_role("heading", level=1)).to_contain_text("å" * 200)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    mos.go("#/chat")
    expect(page.get_by_role("link", name="Inställningar för ååå")).to_be_visible()
    expect(page.get_by_role("button", name="Kundtjänst")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    check(mos)
