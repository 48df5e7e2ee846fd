"""Connections break, servers die: without a reload nothing is lost and nothing is shown twice."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.browsers import LOST
from tests.browser.conftest import Visit
from tests.support.proxy import Proxy
from tests.support.server import LiveServer

MESSAGES = "/chat/rooms/lobby/messages"


@pytest.fixture
def proxy(server: LiveServer) -> Iterator[Proxy]:
    with Proxy(server.port) as proxy:
        yield proxy


def stored(server: LiveServer) -> list[str | None]:
    """Return the messages that the server has stored."""
    return [message["text"] for message in server.get(MESSAGES).json["data"]]


def test_a_page_that_was_cut_off_reconnects_to_the_same_messages(
    visit: Visit, server: LiveServer, proxy: Proxy
) -> None:
    kim, ada = visit(url=proxy.url, expects=LOST).enter("kim"), visit().enter("ada")
    for text in ("ett", "två", "tre"):
        ada.say(text)
    kim.sees("ett", "två", "tre")
    kim.page.evaluate("window.unloaded = false")
    proxy.refuse = True
    proxy.cut()
    expect(kim.page.locator(".connection.reconnecting")).to_be_visible()
    ada.act("ett", "Edit")
    ada.page.get_by_label("Edit your message").fill("1")
    ada.page.get_by_label("Edit your message").press("Enter")
    ada.act("två", "Delete")
    ada.page.get_by_role("button", name="Yes, delete").click()
    ada.say("fyra")
    here = ["1", "This message was deleted", "tre", "fyra"]
    ada.sees(*here)
    proxy.refuse = False
    kim.sees(*here)
    kim.wait_live()
    assert stored(server) == ["1", None, "tre", "fyra"]
    assert kim.page.evaluate("window.unloaded") is False, "without a reload"


def test_what_is_written_offline_arrives_once(
    visit: Visit, server: LiveServer, proxy: Proxy
) -> None:
    kim, ada = visit(url=proxy.url, expects=LOST).enter("kim"), visit().enter("ada")
    kim.say("före")
    ada.sees("före")
    proxy.refuse = True
    proxy.cut()
    expect(kim.page.locator(".connection.reconnecting")).to_be_visible()
    kim.say("under")
    row = kim.page.locator(".pending")
    expect(row.locator(".text")).to_have_text(["under"])
    expect(row).to_contain_text("Waiting for the connection")
    ada.say("samtidigt")
    ada.sees("före", "samtidigt")
    proxy.refuse = False
    for visitor in (kim, ada):
        visitor.sees("före", "samtidigt", "under")
    assert stored(server) == ["före", "samtidigt", "under"]


def test_what_waits_survives_a_reload(visit: Visit, server: LiveServer, proxy: Proxy) -> None:
    kim = visit(url=proxy.url, expects=LOST).enter("kim")
    proxy.pause()
    kim.say("kvar")
    expect(kim.page.locator(".pending .text")).to_have_text(["kvar"])
    assert stored(server) == []
    # What was on its way when the page ended may have arrived or not: the key decides.
    proxy.cut()
    proxy.resume()
    kim.reload()
    kim.sees("kvar")
    assert stored(server) == ["kvar"]


def test_the_server_dies_under_both(visit: Visit, server: LiveServer) -> None:
    kim = visit(expects=LOST).enter("kim")
    ada = visit(expects=LOST).enter("ada")
    kim.say("före")
    ada.sees("före")
    server.kill()
    for visitor, text in ((kim, "från kim"), (ada, "från ada")):
        expect(visitor.page.locator(".connection.reconnecting")).to_be_visible()
        visitor.say(text)
    server.start()
    for visitor in (kim, ada):
        expect(visitor.messages).to_have_count(3)
        expect(visitor.page.locator(".pending")).to_have_count(0)
        visitor.wait_live()
    assert sorted(map(str, stored(server))) == ["från ada", "från kim", "före"]
    for visitor in (kim, ada):
        visitor.sees(*map(str, stored(server)))


def test_a_refused_message_is_reported_and_may_be_discarded(
    visit: Visit, server: LiveServer
) -> None:
    kim = visit().enter("kim")
    kim.say("x" * 4001)
    row = kim.page.locator(".pending.failed")
    expect(row.get_by_role("alert")).to_contain_text("Not sent")
    kim.say("efter")
    expect(kim.messages.filter(has_text="efter")).to_have_count(1)
    row.get_by_role("button", name="Try again").click()
    expect(row.get_by_role("alert")).to_contain_text("Not sent")
    row.get_by_role("button", name="Discard").click()
    kim.sees("efter")
    assert stored(server) == ["efter"]
