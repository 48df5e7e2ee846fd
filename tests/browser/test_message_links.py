"""Messages far back that a link addresses: where they stand, what follows, what is not there."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email
from tests.browser.axe import check
from tests.browser.browsers import LOST
from tests.browser.conftest import Visit
from tests.browser.far_messages import (
    FAR,
    GUEST,
    SIZE,
    edit,
    post,
    room_of,
    row,
    shows,
    start_filled,
)
from tests.browser.passing import passing
from tests.conftest import StartServer, reported
from tests.retention.keeping import keep, wait_pruned
from tests.support.server import LiveServer

SCROLLED_PAST = """([last, newest]) => {
  const frame = document.querySelector(".frame");
  const below = frame.scrollHeight - frame.scrollTop - frame.clientHeight;
  const later = document.querySelector(`[data-id="${last}"] ~ [data-id]`);
  if (last >= newest ? below < 1 : later) return true;
  frame.scrollTop = 1e6;
}"""
"""Scroll down in each frame until there is a later message than the last, or the end is reached:
what a script has scrolled is undone if the page is rendered before the next frame."""


@pytest.fixture(scope="module")
def filled_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start one server whose rooms `korttid` and `tomt` have lost their oldest messages, or all."""
    server = start_filled(start_server, "links", "korttid", "tomt")
    for room, kept in (("korttid", 5), ("tomt", 1)):
        for number in range(1, 11):
            post(server, room, f"nummer {number}")
        server.query("UPDATE messages SET created = '2026-01-01T00:00:00.000Z' WHERE id <= 10")
        keep(server, room, **({"messages": kept} if room == "korttid" else {"days": kept}))
        wait_pruned(server, 6 if room == "korttid" else 11, room)
    yield server
    server.stop()


@pytest.fixture
def server(filled_server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Use the shared server, and print its log if the test fails."""
    return reported(filled_server, request)


def test_a_link_shows_a_message_far_back_and_the_newest_follow_without_a_gap(
    visit: Visit, server: LiveServer
) -> None:
    kim = visit(f"#/chat/lobby/{FAR}")
    page = kim.page
    shows(kim, FAR)
    edit(server, FAR + 1, "ändrad medan den lästes")
    expect(kim.message("ändrad medan den lästes").locator(".when")).to_contain_text("edited")
    shows(kim, FAR)
    seen: set[int] = set()
    page.locator(".frame").hover()
    while SIZE not in seen:
        shown = page.locator("[data-id]").evaluate_all(
            "(rows) => rows.map((row) => row.dataset.id)"
        )
        ids = [int(number) for number in shown]
        assert ids == list(range(ids[0], ids[-1] + 1))
        assert not seen or ids[0] <= max(seen) + 1
        seen.update(ids)
        page.wait_for_function(SCROLLED_PAST, arg=[ids[-1], SIZE])
    expect(row(kim, SIZE)).to_be_in_viewport()


def test_a_link_leaves_what_is_new_unread_until_it_is_seen(
    visit: Visit, server: LiveServer
) -> None:
    kim = visit("#/chat/kundtjanst").enter("kim")
    expect(kim.message('hjälp, en "krokodil" åt min sladd')).to_be_visible()
    kim.page.wait_for_function("() => localStorage.getItem('me-api:read:kundtjanst') !== null")
    kim.go("#/reports")
    kim.page.goto("about:blank")
    for number in range(60):
        post(server, "kundtjanst", f"nytt {number}")
    kim.go("#/chat/kundtjanst/1")
    shows(kim, 1)
    newest = kim.page.get_by_role("button", name="Jump to the newest message")
    expect(newest).to_have_text("60 new ↓")
    newest.click()
    expect(kim.message("nytt 59")).to_be_in_viewport()
    assert kim.page.evaluate("location.hash") == "#/chat/kundtjanst"
    kim.say("svar")
    expect(kim.message("svar")).to_be_in_viewport()


def test_the_address_of_a_message_is_copied(visit: Visit, server: LiveServer) -> None:
    number = post(server, "kundtjanst", "kopiera mig")
    kim = visit("#/chat/kundtjanst", permissions=["clipboard-read", "clipboard-write"])
    with passing(kim.page, f"[data-id='{number}'] [role=status]", "Copied"):
        kim.act("kopiera mig", "Copy link")
    copied = kim.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{server.url}/#/chat/kundtjanst/{number}"
    ada = visit(copied.removeprefix(f"{server.url}/"))
    shows(ada, number)
    # The address in the API is another one, and JSON in a browser, too.
    response = ada.page.goto(f"{server.url}/chat/rooms/kundtjanst/messages/{number}")
    assert response and response.json()["data"]["text"] == "kopiera mig"
    assert response.headers["content-type"] == "application/json"
    # As without TLS.
    kim.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    kim.act("kopiera mig", "Copy link")
    expect(kim.page.get_by_label("Address")).to_have_value(copied)


def test_what_is_not_there_is_said(visit: Visit, server: LiveServer) -> None:
    number = post(server, "kundtjanst", "snart borta")
    server.delete(f"/chat/rooms/kundtjanst/messages/{number}", guest=GUEST)
    kim = visit(f"#/chat/kundtjanst/{number}", reduced_motion="reduce")
    page, said = kim.page, kim.page.locator(".jump [role=status]")
    shows(kim, number)
    expect(row(kim, number)).to_contain_text("This message was deleted")
    for path, text in (
        ("kundtjanst/9999", "This room has no message 9999."),
        ("korttid/3", "Message 3 is not here any more"),
        ("tomt/3", "Message 3 is not here any more"),
        ("korttid/11", "This room has no message 11."),
    ):
        kim.go(f"#/chat/{path}")
        expect(said).to_contain_text(text)
        assert page.evaluate("location.hash") == f"#/chat/{path}"
    check(kim)
    page.locator(".jump").get_by_role("button", name="Close").click()
    expect(said).to_have_count(0)
    assert page.evaluate("location.hash") == "#/chat/korttid"
    kim.go("#/chat/korttid/7")
    shows(kim, 7)
    expect(said).to_have_count(0)


def test_a_link_into_a_closed_room_is_followed_after_a_login(visit: Visit) -> None:
    mos = visit("#/chat/styrelse/1")
    expect(mos.page.get_by_text("Styrelse is only for registered users.")).to_be_visible()
    mos.log_in(email("mos"), PASSWORD)
    expect(room_of(mos)).to_have_text("Styrelse")
    shows(mos, 1)
    mos.go("#/chat/nowhere/1")
    expect(mos.page.get_by_text("There is no room Nowhere.")).to_be_visible()


def test_a_room_whose_messages_were_removed_shows_the_next(
    visit: Visit, server: LiveServer
) -> None:
    kim = visit("#/chat/tomt")
    expect(kim.page.get_by_text("What was written here has been removed.")).to_be_visible()
    post(server, "tomt", "det första nya")
    kim.sees("det första nya")
    kim.go("#/chat/korttid")
    expect(kim.page.get_by_text("Older messages have been removed.")).to_be_visible()


def test_after_an_absence_for_which_nothing_is_recovered_the_message_is_shown_again(
    visit: Visit, server: LiveServer
) -> None:
    kim = visit(f"#/chat/lobby/{FAR}", expects=LOST)
    shows(kim, FAR)
    nick = kim.page.get_by_label("Choose a nick to write")
    nick.fill("kim")
    server.stop()
    expect(kim.page.locator(".connection.reconnecting")).to_be_attached()
    assert server.flask("db", "new-epoch").returncode == 0
    server.start()
    kim.wait_live()
    expect(row(kim, FAR)).to_be_in_viewport(ratio=1)
    expect(row(kim, FAR)).to_have_attribute("aria-current", "location")
    expect(nick).to_be_focused()
    expect(nick).to_have_value("kim")
