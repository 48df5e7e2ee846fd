"""The account in the browser: changed, left, its password forgotten; and users, to an owner."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.axe import check, findings
from tests.browser.browsers import PHONE, REFUSED, WIDE
from tests.browser.conftest import Visit
from tests.browser.sections import section
from tests.support.server import LiveServer

NEW = "another horse"


def test_a_user_changes_nick_email_and_password(visit: Visit, server: LiveServer) -> None:
    make(server, "kim")
    visitor = visit("#/", expects=REFUSED)
    visitor.log_in(email("kim"), PASSWORD)
    visitor.page.get_by_role("link", name="kim").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Account")
    assert findings(visitor) == []
    nick = section(visitor, "Nick")
    nick.get_by_label("New nick").fill("server")
    nick.get_by_role("button", name="Save").click()
    expect(nick.get_by_role("alert")).to_contain_text("is reserved")
    nick.get_by_label("New nick").fill("kimberly")
    nick.get_by_role("button", name="Save").click()
    expect(visitor.page.locator(".top .user")).to_contain_text("kimberly")
    visitor.wait_live()
    visitor.say("hej")
    expect(visitor.message("hej").and_(visitor.page.locator("[data-id]"))).to_be_visible()
    mail = section(visitor, "Email")
    mail.get_by_label("New email").fill("new@example.com")
    mail.get_by_label("Current password").fill("wrong")
    mail.get_by_role("button", name="Save").click()
    expect(mail.get_by_role("alert")).to_contain_text("current password is wrong")
    mail.get_by_label("Current password").fill(PASSWORD)
    mail.get_by_role("button", name="Save").click()
    expect(mail.get_by_role("status")).to_have_text("Saved.")
    password = section(visitor, "Password")
    password.get_by_label("Current password").fill(PASSWORD)
    password.get_by_label("New password").fill(NEW)
    password.get_by_role("button", name="Save").click()
    expect(password.get_by_role("status")).to_have_text("Saved.")
    login = {"email": "new@example.com", "password": NEW}
    assert server.post("/login", login).json["data"]["user"]["nick"] == "kimberly"


def test_a_user_downloads_what_is_stored_and_logs_out_everywhere(
    visit: Visit, server: LiveServer, tmp_path: Path
) -> None:
    token = make(server, "kim")
    server.post("/chat/rooms/lobby/messages", {"text": "hej"}, token=token)
    visitor = visit("#/account", expects=REFUSED)
    expect(visitor.page.get_by_text("Log in to see your account.")).to_be_visible()
    visitor.log_in(email("kim"), PASSWORD)
    other = visit("#/reports/new", expects=REFUSED)
    other.log_in(email("kim"), PASSWORD)
    other.page.get_by_label("Text, in Markdown").fill("half a report")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "data.json")
    data = json.loads((tmp_path / "data.json").read_text())
    assert [message["text"] for message in data["messages"]] == ["hej"]
    visitor.page.get_by_role("button", name="Log out everywhere", exact=True).dblclick()
    visitor.page.get_by_role("button", name="Yes, log out everywhere").click()
    for each in (visitor, other):
        expect(each.page.get_by_role("banner").get_by_role("button", name="Log in")).to_be_visible()
    # The other is sent that its login has ended, and goes on as a guest; nothing written is lost.
    expect(other.page.get_by_text("You have been logged out everywhere")).to_be_visible()
    other.wait_live()
    other.log_in(email("kim"), PASSWORD)
    other.page.get_by_role("button", name="Save").click()
    expect(other.page.get_by_role("article")).to_contain_text("half a report")
    expect(other.page.get_by_role("article").get_by_role("heading")).to_have_text("Vecka 1")
    assert server.get("/account", token=token).json["errors"][0]["code"] == "signed_out"


@pytest.mark.parametrize("choice", ["stays", "is deleted"])
def test_a_user_deletes_the_account(visit: Visit, server: LiveServer, choice: str) -> None:
    token = make(server, "kim")
    server.post("/chat/rooms/lobby/messages", {"text": "hej"}, token=token)
    visitor = visit("#/account")
    visitor.log_in(email("kim"), PASSWORD)
    leaving = section(visitor, "Delete the account")
    leaving.get_by_label(choice).check()
    leaving.get_by_label("Current password").fill(PASSWORD)
    leaving.get_by_role("button", name="Delete the account").click()
    expect(visitor.page.get_by_role("banner").get_by_role("button", name="Log in")).to_be_visible()
    (message,) = server.get("/chat/rooms/lobby/messages").json["data"]
    assert message["deleted"] == (choice == "is deleted")
    assert server.get("/account", token=token).status == 401


def test_a_link_sets_a_new_password(visit: Visit, server: LiveServer) -> None:
    make(server, "kim")
    link = server.flask("users", "reset", "kim").stdout.strip()
    visitor = visit(link[link.index("#") :], expects=REFUSED)
    expect(visitor.page.get_by_label("New password")).to_be_visible()
    assert findings(visitor) == []
    visitor.page.get_by_label("New password").fill(NEW)
    visitor.page.get_by_role("button", name="Save").click()
    expect(visitor.page.locator(".top .user")).to_contain_text("kim")
    again = visit(link[link.index("#") :], expects=REFUSED)
    again.page.get_by_label("New password").fill(NEW)
    again.page.get_by_role("button", name="Save").click()
    expect(again.page.get_by_role("alert")).to_contain_text("This link has been used")
    again.page.get_by_role("banner").get_by_role("button", name="Log in").click()
    again.page.get_by_label("Email").fill(email("kim"))
    again.page.get_by_role("button", name="Forgot the password?").click()
    expect(again.page.get_by_text("This server sends no e-mail")).to_be_visible()


def test_an_owner_changes_roles_and_disables_accounts(visit: Visit, server: LiveServer) -> None:
    make(server, "mos", owner=True)
    token = make(server, "kim")
    owner = visit("#/users", expects=REFUSED)
    expect(owner.page.get_by_text("Only an owner sees the users.")).to_be_visible()
    owner.log_in(email("mos"), PASSWORD)
    kim = owner.page.get_by_label("Role of kim")
    kim.select_option("moderator")
    expect(kim).to_have_value("moderator")
    assert findings(owner) == []
    owner.page.get_by_role("button", name="Disable: kim").click()
    owner.page.get_by_role("button", name="Yes, disable the account").click()
    expect(owner.page.get_by_role("button", name="Enable kim")).to_be_visible()
    assert server.get("/account", token=token).json["errors"][0]["code"] == "account_disabled"
    owner.page.get_by_label("Role of mos").select_option("member")
    expect(owner.page.get_by_role("alert")).to_contain_text("only owner")
    expect(owner.page.get_by_label("Role of mos")).to_have_value("owner")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_fits_and_is_in_swedish(visit: Visit, server: LiveServer, viewport: Any) -> None:
    make(server, "mos", owner=True)
    visitor = visit("#/account", viewport=viewport, locale="sv-SE", reduced_motion="reduce")
    page = visitor.page
    page.get_by_role("banner").get_by_role("button", name="Logga in").click()
    dialog = page.get_by_role("dialog")
    assert findings(visitor) == []
    dialog.get_by_label("E-post").fill(email("mos"))
    dialog.get_by_label("Lösenord").fill(PASSWORD)
    dialog.get_by_role("button", name="Logga in", exact=True).click()
    expect(dialog).to_have_count(0)
    for where, title in (("#/account", "Konto"), ("#/users", "Användare"), ("#/reset/x", "Välj")):
        visitor.go(where)
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
        check(visitor)


def test_a_long_nick_and_the_connection_fit_a_phone(visit: Visit, server: LiveServer) -> None:
    nick = "w" * 32
    make(server, nick, owner=True)
    visitor = visit("#/chat", viewport=PHONE)
    visitor.log_in(email(nick), PASSWORD)
    user = visitor.page.locator(".top .user")
    expect(user).to_contain_text(nick)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    log_out = visitor.page.get_by_role("button", name="Log out").bounding_box()
    status = visitor.page.locator(".connection").bounding_box()
    name = user.bounding_box()
    assert log_out and status and name
    assert log_out["x"] + log_out["width"] <= PHONE["width"]
    assert name["x"] + name["width"] <= log_out["x"]
    assert status["y"] >= name["y"] + name["height"], "beneath, not upon it"
