"""The settings of a room: who changes what in them, and how they look."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.axe import check
from tests.browser.browsers import PHONE, REFUSED, WIDE
from tests.browser.conftest import Visit
from tests.browser.logging_in import log_in_swedish
from tests.browser.sections import section, submit
from tests.support.server import LiveServer


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


def test_a_room_that_is_needed_is_not_deleted(visit: Visit, server: LiveServer) -> None:
    make(server, "mos", owner=True)
    mos = visit("#/rooms/lobby", expects=REFUSED)
    mos.log_in(email("mos"), PASSWORD)
    form = submit(mos, "Delete the room", "Delete the room")
    # The browser asks for the tick first.
    expect(form.get_by_label("Yes, delete the room")).to_be_focused()
    expect(form.get_by_role("alert")).to_have_count(0)
    form.get_by_label("Yes, delete the room").check()
    form.get_by_label("Why").fill("tom")
    submit(mos, "Delete the room", "Delete the room")
    expect(form.get_by_role("alert")).to_have_text(
        "The settings of the server name this room: it cannot be deleted."
    )
    expect(form.get_by_label("Why")).to_have_value("tom")
    check(mos)
    assert server.get("/chat/rooms/lobby").status == 200


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
    log_in_swedish(mos, "mos")
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
