"""What the server refuses of a message, a report and a person, beside what can still be done."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.axe import check
from tests.browser.browsers import PHONE, REFUSED, WIDE
from tests.browser.conftest import Visit
from tests.browser.logging_in import log_in_swedish
from tests.support.server import LiveServer

LOBBY = "/chat/rooms/lobby"
STILL: dict[str, Any] = {"expects": REFUSED, "reduced_motion": "reduce"}


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_what_cannot_be_deleted_keeps_its_buttons(
    visit: Visit, server: LiveServer, viewport: Any
) -> None:
    token = make(server, "mos", owner=True)
    kim = visit("#/chat", viewport=viewport, **STILL).enter("kim")
    kim.say("hej")
    kim.sees("hej")
    server.patch(LOBBY, {"guests": "read"}, token=token)
    row = kim.message("hej")
    kim.act("hej", "Delete")
    asked = row.get_by_role("group", name="Delete it?")
    expect(asked.get_by_role("button", name="Yes, delete")).to_be_focused()
    check(kim)
    asked.get_by_role("button", name="Yes, delete").click()
    refused = row.get_by_role("alert")
    expect(refused).to_have_text("This room is only for registered users.")
    expect(row.get_by_role("button")).to_have_text(["Edit", "Delete", "Copy link"])
    expect(row).to_be_focused()
    assert kim.page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    check(kim)
    server.patch(LOBBY, {"guests": "post"}, token=token)
    kim.act("hej", "Delete")
    expect(refused).to_have_count(0)
    asked.get_by_role("button", name="Yes, delete").click()
    kim.sees("This message was deleted")
    expect(kim.page.locator("[data-id='1']").get_by_role("button")).to_have_text(["Copy link"])
    expect(kim.page.locator("[data-id='1']")).to_be_focused()


def test_the_question_keeps_the_focus_where_it_is(visit: Visit, server: LiveServer) -> None:
    kim = visit("#/chat", **STILL).enter("kim")
    kim.say("hej")
    kim.sees("hej")
    row = kim.message("hej")
    row.hover()
    row.get_by_role("button", name="Delete").dblclick()
    no = row.get_by_role("button", name="No", exact=True)
    no.focus()
    server.post(f"{LOBBY}/messages", {"nick": "ada", "text": "hallå"})
    kim.sees("hej", "hallå")
    expect(no).to_be_focused()
    kim.page.keyboard.press("Enter")
    expect(row).to_be_focused()
    kim.sees("hej", "hallå")


def test_what_cannot_be_edited_stays_in_its_field(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    make(server, "kim")
    kim = visit("#/chat", locale="sv-SE", **STILL)
    log_in_swedish(kim, "kim")
    kim.say("hej")
    kim.sees("hej")
    kim.act("hej", "Redigera")
    field = kim.page.get_by_label("Redigera ditt meddelande")
    field.fill("x" * 4001)
    field.press("Enter")
    refused = kim.page.locator("form.edit").get_by_role("alert")
    expect(refused).to_have_text("Det är för långt: högst 4000 tecken godtas.")
    expect(field).to_be_focused()
    check(kim)
    field.fill("hej då")
    expect(refused).to_have_count(0)
    server.delete(f"{LOBBY}/messages/1", token=token)
    expect(kim.page.locator(".message.gone")).to_be_visible()
    field.press("Enter")
    expect(refused).to_have_text("Meddelandet är borttaget.")
    field.press("Escape")
    kim.sees("Meddelandet är borttaget")


def test_a_report_that_cannot_be_deleted_keeps_its_buttons(
    visit: Visit, server: LiveServer
) -> None:
    token = make(server, "mos", owner=True)
    author = make(server, "kim")
    server.post("/reports", {"week": 1, "title": "Ett", "text": "hej"}, token=author)
    kim = visit("#/reports/1", **STILL)
    kim.log_in(email("kim"), PASSWORD)
    ban = server.post("/moderation/bans", {"user": "kim", "reason": "stör"}, token=token)
    assert ban.status == 201
    article = kim.page.get_by_role("article")
    article.get_by_role("button", name="Delete").click()
    article.get_by_role("button", name="Delete this report?").click()
    expect(article.get_by_role("alert")).to_have_text("You are banned here: stör")
    expect(article.get_by_role("link", name="Edit")).to_be_visible()
    check(kim)
    assert server.delete(f"/moderation/bans/{ban.json['data']['id']}", token=token).status == 204
    article.get_by_role("button", name="Delete").click()
    article.get_by_role("button", name="Delete this report?").click()
    expect(kim.page.get_by_role("heading", level=1)).to_have_text("Reports")


def test_a_ban_that_is_refused_leaves_the_dialog_open(visit: Visit, server: LiveServer) -> None:
    make(server, "mos", owner=True)
    # Without a secret, nobody can be recognised.
    server.post(f"{LOBBY}/messages", {"nick": "ada", "text": "brus"})
    mos = visit("#/chat", locale="sv-SE", **STILL)
    log_in_swedish(mos, "mos")
    mos.act("brus", "Moderera")
    dialog = mos.page.get_by_role("dialog", name="Moderera ada")
    dialog.get_by_label("Varför").fill("stör")
    dialog.get_by_role("button", name="Stäng av").click()
    expect(dialog.get_by_role("status")).to_have_text(
        "Det går inte att känna igen vem som skrev meddelandet: välj ”Även adressen”."
    )
    expect(dialog.get_by_label("Varför")).to_have_value("stör")
    check(mos)
    mos.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
