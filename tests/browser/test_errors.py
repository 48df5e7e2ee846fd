"""What the server refuses and answers, in the language of the page."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.accounts import make
from tests.browser.axe import check
from tests.browser.browsers import REFUSED
from tests.browser.conftest import Visit
from tests.browser.logging_in import log_in_swedish
from tests.conftest import MakeServer
from tests.support.server import LiveServer

SWEDISH = {"locale": "sv-SE", "expects": REFUSED}
HELP = "/clients - vilka som är här"


def test_a_refused_login_and_registration_in_swedish(visit: Visit, server: LiveServer) -> None:
    make(server, "ada")
    page = visit("#/", **SWEDISH).page
    page.get_by_role("banner").get_by_role("button", name="Logga in").click()
    dialog = page.get_by_role("dialog")
    submit = dialog.locator("button[type=submit]")
    alert = dialog.get_by_role("alert")
    dialog.get_by_label("E-post").fill("ada@example.com")
    dialog.get_by_label("Lösenord").fill("inte rätt")
    submit.click()
    expect(alert).to_have_text("E-posten eller lösenordet är fel.")
    dialog.get_by_role("button", name="Glömt lösenordet?").click()
    expect(alert).to_contain_text("Den här servern skickar ingen e-post")
    dialog.get_by_role("button", name="Inget konto än?").click()
    submit.click()
    expect(alert).to_have_text("E-posten är redan registrerad.")
    dialog.get_by_label("E-post").fill("ada@example")
    dialog.get_by_label("Smeknamn").fill("x" * 33)
    submit.click()
    expect(alert).to_have_text(
        "E-post: är ingen e-postadress, som namn@example.com · Smeknamn: får ha högst 32 tecken"
    )
    dialog.get_by_label("E-post").fill("kim@example.com")
    dialog.get_by_label("Smeknamn").fill("admin")
    submit.click()
    expect(alert).to_contain_text("admin är reserverat")


def test_refused_posts_and_nicks_in_swedish(visit: Visit) -> None:
    ada = visit("#/chat", **SWEDISH)
    kim = visit("#/chat", **SWEDISH)
    for visitor, nick in ((ada, "ada"), (kim, "ada"), (kim, "kim")):
        visitor.page.get_by_label("Välj ett smeknamn för att skriva").fill(nick)
        visitor.page.get_by_role("button", name="Var med").click()
        if (visitor, nick) == (kim, "ada"):
            expect(kim.page.get_by_role("alert")).to_contain_text("Någon annan är här som ada")
        else:
            expect(visitor.field).to_be_visible()
            visitor.wait_live()
    failed: Locator = kim.page.locator(".pending.failed .state")
    for said, answer in (
        ("x" * 4001, "Inte skickat: Det är för långt: högst 4000 tecken godtas."),
        ("/msg nobody hej", "Inte skickat: Ingen är här som nobody."),
        ("/dance", "Inte skickat: Det finns inget sådant kommando"),
    ):
        kim.say(said)
        expect(failed).to_contain_text(answer)
        failed.get_by_role("button", name="Kasta").click()
        expect(failed).to_have_count(0)


def test_commands_are_answered_in_swedish(visit: Visit, server: LiveServer) -> None:
    make(server, "ada")
    ada, kim = visit("#/chat", **SWEDISH), visit("#/chat").enter("kim")
    log_in_swedish(ada, "ada")
    notices = ada.page.locator(".aside.notice p")
    for said, answer in (
        ("/help", HELP),
        ("/clients", "2 i lobby: "),
        ("/msg kim hej: på dig", "Till kim: hej: på dig"),
        ("/msg ada själv", "Till ada: själv"),
    ):
        ada.say(said)
        expect(notices.filter(has_text=answer)).to_have_count(1)
    expect(notices.filter(has_text="ada till dig: själv")).to_have_count(1)
    expect(kim.page.locator(".aside.notice p")).to_have_text("ada to you: hej: på dig")
    ada.say("/nick ad")
    expect(notices.last).to_have_text("Du är ad nu.")
    kim.say("/help")
    expect(kim.page.locator(".aside.notice p").last).to_contain_text("/clients - who is here")
    check(ada)


@pytest.mark.parametrize(
    ("locale", "answer"),
    [
        ("sv-SE", "För mycket på en gång: försök igen om"),
        ("en-GB", "Too much at once: try again in"),
    ],
    ids=["swedish", "english"],
)
def test_how_long_to_wait_is_said(
    visit: Visit, make_server: MakeServer, locale: str, answer: str
) -> None:
    limited = make_server(rate_limits="on", rates="failed_login=0.001/1")
    page = visit("#/", url=limited.url, locale=locale, expects=REFUSED).page
    page.get_by_role("banner").get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=email]").fill("nobody@example.com")
    dialog.locator("[name=password]").fill("not the one")
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_role("alert")).to_contain_text(answer)
