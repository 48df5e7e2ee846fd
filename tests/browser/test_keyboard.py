"""Everything by the keyboard alone."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.conftest import Visit
from tests.support.server import LiveServer

MANY = 60


def tab_to(page: Page, goal: Locator, key: str = "Tab") -> None:
    """Press Tab until something has the focus, which must be seen all the way."""
    expect(goal).to_be_enabled()
    for _ in range(MANY):
        page.keyboard.press(key)
        seen = page.evaluate(
            "getComputedStyle(document.activeElement).outlineStyle != 'none'"
            " || document.activeElement.matches('h1, main')"
        )
        assert seen, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        if goal.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{goal} cannot be reached by {key}")


def test_from_the_first_tab_to_a_message_edited_and_deleted(
    visit: Visit, server: LiveServer
) -> None:
    server.post("/chat/rooms/lobby/messages", {"nick": "ada", "text": "hej kim"})
    kim = visit()
    page, keyboard = kim.page, kim.page.keyboard
    kim.sees("hej kim")
    keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab_to(page, page.get_by_label("Choose a nick to write"))
    keyboard.type("kim")
    keyboard.press("Enter")
    kim.wait_live()
    expect(kim.field).to_be_visible()
    tab_to(page, kim.field)
    keyboard.type("ett")
    keyboard.press("Enter")
    keyboard.type("två")
    keyboard.press("Shift+Enter")
    keyboard.type("rader")
    keyboard.press("Enter")
    kim.sees("hej kim", "ett", "två\nrader")
    keyboard.press("ArrowUp")
    expect(page.get_by_label("Edit your message")).to_be_focused()
    keyboard.press("Escape")
    tab_to(page, page.locator("[data-id='3']"), "Shift+Tab")
    keyboard.press("ArrowUp")
    expect(page.locator("[data-id='2']")).to_be_focused()
    tab_to(page, page.locator("[data-id='2']").get_by_role("button", name="Edit"))
    keyboard.press("Enter")
    expect(page.get_by_label("Edit your message")).to_be_focused()
    keyboard.type(" till")
    keyboard.press("Enter")
    kim.sees("hej kim", "ett till", "två\nrader")
    tab_to(page, page.locator("[data-id='2']"), "Shift+Tab")
    tab_to(page, page.locator("[data-id='2']").get_by_role("button", name="Delete"))
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="Yes, delete")).to_be_focused()
    keyboard.press("Enter")
    kim.sees("hej kim", "This message was deleted", "två\nrader")


def test_a_report_is_written(visit: Visit, server: LiveServer) -> None:
    make(server, "mos")
    mos = visit("#/reports")
    page, keyboard = mos.page, mos.page.keyboard
    mos.wait_live()
    tab_to(page, page.get_by_role("banner").get_by_role("button", name="Log in"))
    keyboard.press("Enter")
    expect(page.get_by_label("Email")).to_be_focused()
    keyboard.type(email("mos"))
    tab_to(page, page.get_by_label("Password"))
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    mos.wait_live()
    tab_to(page, page.get_by_role("link", name="Write a report"))
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="New report")).to_be_focused()
    for label, text in (("Title", "Ett"), ("Text, in Markdown", "hej")):
        tab_to(page, page.get_by_label(label))
        keyboard.type(text)
    tab_to(page, page.get_by_role("button", name="Save"))
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ett")).to_be_focused()
    assert server.get("/reports/week/1").json["data"]["text"] == "hej"
