"""An open page follows what is changed of its user elsewhere: the login, role, nick, email."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.axe import findings
from tests.browser.browsers import PHONE, REFUSED
from tests.browser.conftest import Visit
from tests.support.server import LiveServer

NEW = "another horse"


def test_a_page_says_at_once_why_its_user_is_logged_in_no_longer(
    visit: Visit, server: LiveServer
) -> None:
    """Its user does nothing there, looks at a report, on a phone, and the chat is out of sight."""
    token = make(server, "kim")
    page = visit("#/reports", viewport=PHONE, expects=REFUSED)
    said = page.page.get_by_role("alert").filter(visible=True)
    change = {"current_password": PASSWORD, "password": NEW}

    def ends(end: Any, text: str, password: str) -> None:
        page.log_in(email("kim"), password)
        expect(page.page.locator(".top .user")).to_contain_text("kim")
        end()
        expect(said).to_contain_text(text)
        expect(page.page.locator(".top .user")).to_have_count(0)

    everywhere = "You have been logged out everywhere, or your password was changed"
    ends(lambda: server.patch("/account", change, token=token), everywhere, PASSWORD)
    assert findings(page) == []
    said.get_by_role("button", name="Close").click()
    expect(said).to_have_count(0)
    ends(lambda: server.flask("users", "sign-out", "kim"), everywhere, NEW)
    ends(lambda: server.flask("users", "disable", "kim"), "has been disabled by an owner", NEW)
    server.flask("users", "enable", "kim")
    deletion = ("users", "delete", "kim", "--messages", "keep")
    ends(lambda: server.flask(*deletion), "or your account was deleted", NEW)
    said.get_by_role("button", name="Log in").click()
    expect(page.page.get_by_role("dialog")).to_be_visible()


def test_the_name_of_the_page_follows_the_owner_s_nick(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    visitor = visit("#/reports")
    name = visitor.page.get_by_role("banner").locator(".home")
    expect(name).to_have_text("mos")
    assert server.patch("/account", {"nick": "mikael"}, token=token).status == 200
    expect(name).to_have_text("mikael")
    expect(visitor.page).to_have_title("Reports · mikael")


def test_an_open_page_follows_what_is_changed_of_its_user_elsewhere(
    visit: Visit, server: LiveServer
) -> None:
    token = make(server, "kalle")
    page = visit("#/moderation")
    page.log_in(email("kalle"), PASSWORD)
    user, main = page.page.locator(".top .user"), page.page.get_by_role("main")
    expect(main).to_contain_text("Only moderators")
    server.flask("users", "role", "kalle", "moderator")
    expect(user).to_contain_text("moderator")
    expect(main.get_by_role("heading", name="Bans", exact=True)).to_be_visible()
    server.flask("users", "role", "kalle", "member")
    expect(main).to_contain_text("Only moderators")
    expect(user).not_to_contain_text("moderator")
    expect(page.page.locator(".aside.notice")).to_have_count(0)
    assert server.patch("/account", {"nick": "karl"}, token=token).status == 200
    expect(user).to_contain_text("karl")
    expect(page.page.locator(".as")).to_have_text("as karl")
    expect(page.page.locator(".members .nick")).to_have_text(["karl"])
    page.go("#/account")
    expect(main).to_contain_text("Logged in as karl, kalle@example.com")
    change = {"email": "karl@example.com", "current_password": PASSWORD}
    assert server.patch("/account", change, token=token).status == 200
    expect(main).to_contain_text("Logged in as karl, karl@example.com")
    expect(main.get_by_label("New email")).to_have_value("karl@example.com")
    page.reload()
    expect(main).to_contain_text("Logged in as karl, karl@example.com")
