"""Rooms that are renamed, archived, closed and deleted on one page, while others are open."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.axe import check
from tests.browser.browsers import LOST, REFUSED
from tests.browser.conftest import Visit
from tests.browser.sections import section, submit, tabs
from tests.support.proxy import Proxy
from tests.support.server import LiveServer

NEWS = "/chat/rooms/nyheter"


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
