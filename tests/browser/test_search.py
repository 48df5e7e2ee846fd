"""Messages far back that are found in all rooms, and shown where they stand."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email
from tests.browser.axe import check
from tests.browser.browsers import PHONE, REFUSED
from tests.browser.conftest import Visit
from tests.browser.far_messages import FAR, SIZE, room_of, row, shows, start_filled
from tests.browser.test_keyboard import tab_to
from tests.conftest import StartServer, reported
from tests.support.server import LiveServer


@pytest.fixture(scope="module")
def filled_server(start_server: StartServer) -> Iterator[LiveServer]:
    server = start_filled(start_server, "search")
    yield server
    server.stop()


@pytest.fixture
def server(filled_server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Use the shared server, and print its log if the test fails."""
    return reported(filled_server, request)


def test_all_rooms_are_searched_by_the_keyboard(visit: Visit) -> None:
    kim = visit("#/chat", reduced_motion="reduce")
    page, keyboard = kim.page, kim.page.keyboard
    kim.wait_live()
    tab_to(page, page.get_by_role("link", name="Search the chat"))
    keyboard.press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()
    keyboard.type("krokodil*")
    keyboard.press("Enter")
    expect(page.locator(".found")).to_have_text("2 messages.")
    hits = page.get_by_role("list", name="What was found").get_by_role("link")
    expect(hits).to_have_count(2)
    expect(hits.nth(0)).to_contain_text("Help desk")
    expect(hits.nth(0)).to_contain_text("ada")
    expect(hits.nth(0).locator("mark")).to_have_text("krokodil")
    expect(hits.nth(1)).to_contain_text("Lobby")
    check(kim)
    expect(page.get_by_role("searchbox")).to_be_focused()
    tab_to(page, hits.nth(0))
    keyboard.press("Enter")
    expect(room_of(kim)).to_have_text("Help desk")
    shows(kim, 1)
    expect(hits).to_have_count(2)
    tab_to(page, hits.nth(1), "Shift+Tab")
    keyboard.press("Enter")
    expect(room_of(kim)).to_have_text("Lobby")
    shows(kim, FAR)
    check(kim)
    # The same again, after having left it.
    page.get_by_role("button", name="Jump to the newest message").click()
    expect(row(kim, SIZE)).to_be_in_viewport()
    expect(page.locator(".message[aria-current]")).to_have_count(0)
    hits.nth(1).click()
    shows(kim, FAR)
    with kim.context.expect_page() as opened:
        hits.nth(0).click(modifiers=["ControlOrMeta"])
    expect(opened.value.locator("[data-id='1'][aria-current]")).to_be_visible()
    expect(room_of(kim)).to_have_text("Lobby")


def test_a_closed_room_is_searched_for_those_who_may_read_it(visit: Visit) -> None:
    mos = visit("#/search/hemlig")
    expect(mos.page.locator(".found")).to_have_text("Nothing was found.")
    mos.log_in(email("mos"), PASSWORD)
    expect(mos.page.locator(".found")).to_have_text("1 message.")
    expect(mos.page.locator(".hits")).to_contain_text("Styrelse")


def test_on_a_phone_a_hit_is_opened_and_the_search_returned_to(visit: Visit) -> None:
    kim = visit("#/chat", viewport=PHONE, has_touch=True, locale="sv-SE", reduced_motion="reduce")
    page = kim.page
    page.get_by_role("link", name="Sök i chatten").tap()
    field = page.get_by_role("searchbox")
    field.fill("krokodilord")
    field.press("Enter")
    expect(page.locator(".found")).to_have_text("1 meddelande.")
    check(kim)
    page.locator(".hits a").tap()
    shows(kim, FAR)
    assert page.evaluate("location.hash") == f"#/chat/lobby/{FAR}"
    check(kim)
    page.go_back()
    expect(page.locator(".hits a")).to_have_count(1)
    expect(field).to_have_value("krokodilord")


def test_more_are_shown_and_what_is_wrong_is_said(visit: Visit) -> None:
    kim = visit("#/search/hej", expects=REFUSED)
    found, page = kim.page.locator(".found"), kim.page
    expect(found).to_have_text("30 messages, and there are more.")
    page.get_by_role("button", name="Show more").click()
    expect(found).to_have_text("60 messages, and there are more.")
    expect(page.locator(".hits a")).to_have_count(60)
    texts = page.locator(".hits a").evaluate_all("(links) => links.map((link) => link.href)")
    assert len(set(texts)) == 60
    page.get_by_role("searchbox").fill("x*")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("*")
    expect(page.locator(".hits")).to_have_count(0)
