"""Moderation on the page: at a message and at a member, by the keyboard, in both languages."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.browsers import PHONE, REFUSED, WIDE
from tests.browser.conftest import Visit
from tests.browser.test_keyboard import tab_to
from tests.browser.test_looks import check
from tests.chat.clients import secret
from tests.support.server import LiveServer

LOBBY = "/chat/rooms/lobby/messages"


def test_a_guest_is_banned_and_purged_by_the_keyboard(visit: Visit, server: LiveServer) -> None:
    make(server, "mos", owner=True)
    guest = secret()
    for text in ("buy", "buy now"):
        server.post(LOBBY, {"nick": "spammer", "text": text}, guest=guest)
    server.post(LOBBY, {"nick": "kim", "text": "hej"})
    kim = visit("#/chat")
    kim.sees("buy", "buy now", "hej")
    assert kim.page.get_by_role("button", name="Moderate").count() == 0
    mos = visit("#/chat", reduced_motion="reduce")
    mos.log_in(email("mos"), PASSWORD)
    page, keyboard = mos.page, mos.page.keyboard
    page.locator("[data-id='3']").focus()
    keyboard.press("ArrowUp")
    row = page.locator("[data-id='2']")
    expect(row).to_be_focused()
    tab_to(page, row.get_by_role("button", name="Moderate"))
    keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Moderate spammer")
    expect(dialog).to_be_visible()
    check(mos)
    expect(dialog.get_by_label("Where")).to_be_focused()
    keyboard.press("ArrowDown")
    tab_to(page, dialog.get_by_label("Why"))
    keyboard.type("ads")
    tab_to(page, dialog.get_by_role("button", name="Ban", exact=True))
    keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("spammer is banned.")
    tab_to(page, dialog.get_by_role("button", name="Delete all messages"))
    keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Yes, delete all")).to_be_focused()
    keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("2 messages were deleted.")
    keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    kim.sees("This message was deleted", "This message was deleted", "hej")
    reply = server.post(LOBBY, {"nick": "spammer", "text": "again"}, guest=guest)
    assert (reply.status, reply.json["reason"]) == (403, "ads")


def test_a_member_is_banned_who_is_shown_why(visit: Visit, server: LiveServer) -> None:
    make(server, "mos", owner=True)
    kim = visit("#/chat")
    kim.enter("kim").say("stör")
    mos = visit("#/chat", locale="sv-SE")
    mos.sees("stör")
    mos.page.get_by_role("banner").get_by_role("button", name="Logga in").click()
    login = mos.page.get_by_role("dialog")
    login.get_by_label("E-post").fill(email("mos"))
    login.get_by_label("Lösenord").fill(PASSWORD)
    login.get_by_role("button", name="Logga in", exact=True).click()
    expect(login).to_have_count(0)
    mos.page.get_by_role("button", name="Moderera kim").click()
    dialog = mos.page.get_by_role("dialog", name="Moderera kim")
    dialog.get_by_label("Var", exact=True).select_option(label="Överallt")
    dialog.get_by_label("Stäng av i").select_option(label="en timme")
    dialog.get_by_label("Varför").fill("stör")
    dialog.get_by_role("button", name="Stäng av").click()
    expect(dialog.get_by_role("status")).to_have_text("kim är avstängd.")
    expect(kim.page.get_by_text("You are banned here.")).to_be_visible()
    expect(kim.page.get_by_title("stör")).to_be_visible()
    # Nobody is in the room under this nick by now.
    dialog.get_by_role("button", name="Radera alla meddelanden").click()
    dialog.get_by_role("button", name="Ja, radera alla").click()
    expect(dialog.get_by_role("status")).to_have_text("1 meddelande raderades.")
    mos.sees("Meddelandet är borttaget")


def test_a_guest_who_is_banned_from_the_open_room_reads_why(
    visit: Visit, server: LiveServer
) -> None:
    token = make(server, "mos", owner=True)
    kim = visit("#/chat", expects=REFUSED).enter("kim")
    kim.say("hej")
    body = {"member": {"room": "lobby", "nick": "kim"}, "room": "lobby", "reason": "stör"}
    assert server.post("/moderation/bans", body, token=token).status == 201
    expect(kim.page.get_by_role("alert")).to_have_text("You are banned from Lobby.")
    expect(kim.page.locator(".closed")).to_contain_text("stör")
    expect(kim.field).to_have_count(0)
    kim.page.get_by_role("button", name="Help desk").click()
    kim.say("här får jag skriva")
    kim.sees("här får jag skriva")


def test_an_archived_room_has_no_form(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    kim = visit("#/chat")
    kim.enter("kim")
    patch = {"title": "Gamla nyheter", "archived": True}
    server.patch("/chat/rooms/lobby", patch, token=token)
    expect(kim.page.get_by_text("This room is archived")).to_be_visible()
    expect(kim.page.get_by_role("button", name="Gamla nyheter")).to_be_visible()
    expect(kim.field).to_be_hidden()


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
    expect(bans.first).to_contain_text("spammer 2 guest")
    expect(bans.first).to_contain_text("In Torget · until ")
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
    expect(log.first).to_contain_text("In Torget")
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
    server.post("/chat/rooms", {"name": "nyheter"}, token=token)
    server.post("/moderation/bans", {"address": "192.0.2.7", "reason": "brus"}, token=token)
    for number in range(49):
        server.patch("/chat/rooms/nyheter", {"title": f"Nyheter {number}"}, token=token)
    mos = visit("#/moderation", viewport=viewport, locale="sv-SE", reduced_motion="reduce")
    page = mos.page
    page.get_by_role("banner").get_by_role("button", name="Logga in").click()
    page.get_by_label("E-post").fill(email("mos"))
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name="Logga in", exact=True).click()
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
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    check(mos)
