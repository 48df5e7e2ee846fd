"""Long-lived tokens in the page: made, shown once, copied, used and revoked."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.axe import check
from tests.browser.browsers import PHONE, WIDE
from tests.browser.conftest import Visit
from tests.browser.logging_in import log_in_swedish
from tests.support.server import LiveServer
from tests.support.wait import wait_until

EMPTY = "There are no tokens yet."


def test_a_token_is_made_copied_used_and_revoked(visit: Visit, server: LiveServer) -> None:
    make(server, "mos")
    mos = visit("#/tokens", expects=("status of 401", "status of 403"))
    page = mos.page
    expect(page.get_by_text("Log in to make tokens.")).to_be_visible()
    mos.log_in(email("mos"), PASSWORD)
    expect(page.get_by_text(EMPTY)).to_be_visible()
    expect(page.get_by_label("Show the tokens of all users")).to_have_count(0)
    page.get_by_label("Name", exact=True).fill("Sensor in the attic")
    page.get_by_label("post messages").check()
    page.get_by_label("only these").check()
    page.get_by_label("lobby", exact=True).check()
    page.get_by_label("It ends").select_option(label="in 90 days")
    page.get_by_role("button", name="Create a token").click()
    token = page.get_by_label("Token", exact=True).input_value()
    expect(page.get_by_text("it is not shown again")).to_be_visible()
    expect(page.locator(".rows li")).to_contain_text("post messages · lobby · never used · until")
    mos.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == token
    # As without TLS.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.get_by_role("button", name="Copied").click()
    expect(page.get_by_text("copy it by hand")).to_be_visible()
    expect(page.get_by_label("Token", exact=True)).to_be_focused()
    url = "/chat/rooms/lobby/messages"
    assert server.post(url, {"text": "21.5 °C"}, token=token).status == 201
    assert server.get(url, token=token).status == 403
    # The use is stored later than the request is answered.
    wait_until(lambda: server.query("SELECT 1 FROM tokens WHERE last_used IS NOT NULL"))
    page.reload()
    expect(page.locator(".rows li")).to_contain_text("last used")
    assert token not in page.content()
    page.get_by_role("button", name="Revoke: Sensor in the attic").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Revoke: Sensor in the attic").click()
    page.get_by_role("button", name="Yes, revoke it").click()
    expect(page.get_by_text(EMPTY)).to_be_visible()
    assert server.post(url, {"text": "22 °C"}, token=token).status == 401


def test_what_is_refused_is_shown(visit: Visit, server: LiveServer) -> None:
    make(server, "mos")
    mos = visit("#/tokens", expects=("status of 422",))
    mos.log_in(email("mos"), PASSWORD)
    mos.page.get_by_label("Name", exact=True).fill("nothing")
    mos.page.get_by_role("button", name="Create a token").click()
    expect(mos.page.get_by_role("alert")).to_contain_text("choose at least one")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_page_of_tokens_is_accessible(visit: Visit, server: LiveServer, viewport: Any) -> None:
    token = make(server, "kim", owner=True)
    server.post("/tokens", {"name": "Skärm", "scopes": ["read", "monitor"]}, token=token)
    others = make(server, "ada")
    server.post("/tokens", {"name": "Skript", "scopes": ["post"]}, token=others)
    kim = visit("#/tokens", viewport=viewport, locale="sv-SE", reduced_motion="reduce")
    page = kim.page
    log_in_swedish(kim, "kim")
    expect(page.get_by_role("heading", name="Nycklar")).to_be_visible()
    expect(page.locator(".rows li")).to_contain_text("läsa rum, övervaka servern · alla rum")
    page.get_by_label("Visa alla användares nycklar").check()
    expect(page.locator(".rows li")).to_have_count(2)
    expect(page.locator(".rows li").last).to_contain_text("ada · skriva meddelanden · alla rum")
    page.get_by_role("button", name="Återkalla: Skript").click()
    page.get_by_role("button", name="Ja, återkalla den").click()
    expect(page.locator(".rows li")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert server.get("/tokens", token=others).json["data"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    page.get_by_label("bara dessa").check()
    page.get_by_label("Namn", exact=True).fill("Sensorn på vinden")
    page.get_by_label("läsa rum").check()
    page.get_by_label("lobby", exact=True).check()
    page.get_by_role("button", name="Skapa en nyckel").click()
    expect(page.get_by_label("Nyckel", exact=True)).to_be_visible()
    check(kim)
