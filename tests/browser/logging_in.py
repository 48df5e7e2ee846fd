"""Logging in on the page in Swedish."""

from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email
from tests.browser.browsers import Visitor


def log_in_swedish(visitor: Visitor, nick: str) -> None:
    """Log in with the dialog, in Swedish, as the user of this nick."""
    page = visitor.page
    page.get_by_role("banner").get_by_role("button", name="Logga in").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-post").fill(email(nick))
    dialog.get_by_label("Lösenord").fill(PASSWORD)
    dialog.get_by_role("button", name="Logga in", exact=True).click()
    expect(dialog).to_have_count(0)
    visitor.wait_live()
