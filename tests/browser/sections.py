"""The parts of a page: sections with a heading, their forms, and the tabs of the rooms."""

from playwright.sync_api import Locator

from tests.browser.browsers import Visitor


def section(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("region", name=name, exact=True)


def submit(visitor: Visitor, name: str, button: str = "Save") -> Locator:
    """Send the form with this heading, and return it."""
    form = section(visitor, name)
    form.get_by_role("button", name=button).click()
    return form


def tabs(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("navigation", name="Rooms").get_by_role("button")
