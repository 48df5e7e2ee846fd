"""The view of moderators: the bans, and the log of what owners and moderators have done."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.axe import check
from tests.browser.browsers import PHONE, REFUSED, WIDE
from tests.browser.conftest import Visit
from tests.browser.logging_in import log_in_swedish
from tests.browser.visibility import hide, show
from tests.chat.clients import secret
from tests.support.server import LiveServer

LOBBY = "/chat/rooms/lobby/messages"


def test_a_moderator_sees_the_bans_and_lifts_one(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    make(server, "kim")
    (kim,) = [
        user for user in server.get("/users", token=token).json["data"] if user["nick"] == "kim"
    ]
    server.patch(f"/users/{kim['id']}", {"role": "moderator"}, token=token)
    server.patch("/chat/rooms/lobby", {"title": "Torget"}, token=token)
    guests = [secret(), secret()]
    for number, guest in enumerate(guests, start=1):
        server.post(LOBBY, {"nick": f"spammer {number}", "text": "buy"}, guest=guest)
        place = {"room": "lobby", "id": number}
        body = {"message": place, "room": "lobby", "minutes": 60, "reason": f"ads {number}"}
        assert server.post("/moderation/bans", body, token=token).status == 201
    moderator = visit("#/moderation", expects=REFUSED)
    page = moderator.page
    expect(page.get_by_text("Only moderators see this.")).to_be_visible()
    moderator.log_in(email("kim"), PASSWORD)
    bans = page.get_by_role("region", name="Bans").get_by_role("listitem")
    expect(bans).to_have_count(2)
    expect(bans.first).to_contain_text(re.compile("spammer 2 guest.*In Torget · until "))
    expect(bans.first).to_contain_text("by mos")
    expect(bans.first).to_contain_text("ads 2")
    refused = server.post(LOBBY, {"nick": "spammer 2", "text": "hej"}, guest=guests[1])
    assert refused.status == 403
    page.get_by_role("button", name="Lift: spammer 2").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Lift: spammer 2").dblclick()
    assert bans.count() == 2, "a double click does not confirm"
    page.get_by_role("button", name="Yes, lift it").click()
    expect(bans).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert server.post(LOBBY, {"nick": "spammer 2", "text": "hej"}, guest=guests[1]).status == 201
    log = page.get_by_role("region", name="What owners and moderators have done").get_by_role(
        "listitem"
    )
    expect(log.first).to_contain_text("kim lifted the ban of spammer 2")
    expect(log.first).to_contain_text(f"by user {kim['id']} · In Torget")
    role = log.filter(has_text="changed a role")
    expect(role).to_contain_text(f"by user 1 · about user {kim['id']}")
    row = moderator.message("hej")
    row.hover()
    row.get_by_role("button", name="Moderate").click()
    page.get_by_role("dialog").get_by_role("button", name="Ban", exact=True).click()
    expect(bans).to_have_count(2)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Lift: spammer 1").click()
    page.get_by_role("button", name="Yes, lift it").click()
    expect(bans).to_have_count(1)
    page.get_by_role("button", name="Lift: spammer 2").click()
    (left,) = server.get("/moderation/bans", token=token).json["data"]
    assert server.delete(f"/moderation/bans/{left['id']}", token=token).status == 204
    page.get_by_role("button", name="Yes, lift it").click()
    expect(page.get_by_role("alert")).to_have_text("This does not exist, or not any more.")
    expect(page.get_by_text("Nobody is banned.")).to_be_visible()


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_log_is_read_page_by_page(visit: Visit, server: LiveServer, viewport: Any) -> None:
    token = make(server, "mos", owner=True)
    make(server, "kim")
    server.post("/chat/rooms", {"name": "nyheter"}, token=token)
    server.post("/moderation/bans", {"address": "192.0.2.7", "reason": "brus"}, token=token)
    for number in range(49):
        server.patch("/chat/rooms/nyheter", {"title": f"Nyheter {number}"}, token=token)
    mos = visit("#/moderation", viewport=viewport, locale="sv-SE", reduced_motion="reduce")
    page = mos.page
    log_in_swedish(mos, "mos")
    log = page.get_by_role("region", name="Vad ägare och moderatorer har gjort").get_by_role(
        "listitem"
    )
    expect(log).to_have_count(50)
    expect(log.first).to_contain_text("mos döpte om rummet till Nyheter 48")
    expect(page.get_by_role("button", name="Äldre")).to_have_count(0)
    server.patch("/chat/rooms/nyheter", {"archived": True, "retention_days": 9}, token=token)
    server.delete("/chat/rooms/nyheter?reason=tomt", token=token)
    mos.reload()
    expect(log.first).to_contain_text("mos raderade rummet Nyheter 48")
    expect(log.first).to_contain_text("tomt")
    page.get_by_role("button", name="Äldre").click()
    expect(log).to_have_count(53)
    expect(log.last).to_contain_text("mos stängde av en adress")
    expect(page.get_by_role("button", name="Äldre")).to_have_count(0)
    bans = page.get_by_role("region", name="Avstängda").get_by_role("listitem")
    expect(bans).to_contain_text("Överallt · tills det hävs · med en adress")
    # What is older stays shown when the newest are read again.
    assert server.post("/moderation/bans", {"user": "kim"}, token=token).status == 201
    hide(mos)
    show(mos)
    expect(log).to_have_count(54)
    expect(log.first).to_contain_text("mos stängde av kim")
    expect(log.first).to_contain_text("av användare 1 · om användare 2")
    expect(log.last).to_contain_text("mos stängde av en adress")
    expect(bans.first).to_contain_text("kim användare 2")
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    check(mos)
