"""Moderation on the page: at a message and at a member, by the keyboard, in both languages."""

from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.axe import check
from tests.browser.browsers import REFUSED
from tests.browser.conftest import Visit
from tests.browser.logging_in import log_in_swedish
from tests.browser.test_keyboard import tab_to
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
    log_in_swedish(mos, "mos")
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
