"""What a reader does with an example of docs/kurs, and sees on its page."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

Open = Callable[..., Page]
"""Opens an example, on the server given, with a query."""


def write(page: Page, text: str, **fields: str) -> None:
    """Fill in the form, and send it."""
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=text]").fill(text)
    page.locator("[name=text]").press("Enter")


def wait_state(page: Page, state: str | re.Pattern[str]) -> None:
    expect(page.locator("#state")).to_have_text(state)


def wait_open(*pages: Page) -> None:
    for page in pages:
        wait_state(page, re.compile("^öppen"))


def wait_rows(page: Page, *rows: str | re.Pattern[str]) -> None:
    """Wait until the list of an example has exactly these rows."""
    expect(page.locator("li")).to_have_text(list(rows))


def wait_last(page: Page, row: str) -> None:
    expect(page.locator("li").last).to_have_text(row)


def wait_shown(page: Page, row: str) -> None:
    """Wait for a row that others may follow, such as who has joined."""
    expect(page.get_by_text(row, exact=True)).to_be_visible()


def toggle(page: Page) -> None:
    """Press the button that ends the connection of an example, or opens it again."""
    page.locator("#line").click()
