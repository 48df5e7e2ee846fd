"""Two browsers in a chat: messages, edits, presence, rooms and commands."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.passing import passing
from tests.support.server import LiveServer

MESSAGES = "/chat/rooms/lobby/messages"


def test_two_browsers_chat(visit: Visit, server: LiveServer) -> None:
    kim, ada = visit().enter("kim"), visit().enter("ada")
    kim.say("hej")
    ada.sees("hej")
    ada.say("hej hej")
    for visitor in (kim, ada):
        visitor.sees("hej", "hej hej")
    stored = server.get(MESSAGES).json["data"]
    assert [(m["nick"], m["text"]) for m in stored] == [("kim", "hej"), ("ada", "hej hej")]
    for visitor, own, other in ((kim, "hej", "hej hej"), (ada, "hej hej", "hej")):
        expect(visitor.page.locator(".mine .text")).to_have_text([own])
        expect(visitor.message(other).locator("time")).to_be_visible()
    expect(ada.page.locator(".message:not(.mine) .nick")).to_have_text(["kim"])


def test_joining_leaving_and_typing_are_shown(visit: Visit) -> None:
    kim = visit().enter("kim")
    ada = visit().enter("ada")
    expect(kim.page.locator(".aside.presence")).to_have_text(["ada joined"])
    kim.page.get_by_role("button", name="2 here").click()
    expect(kim.page.locator(".members .nick")).to_have_text(["ada", "kim"])
    with passing(kim.page, "p.typing", "ada is writing…"):
        ada.field.press_sequentially("he")
    ada.say("hej")
    kim.sees("hej")
    expect(kim.page.locator("p.typing")).to_have_text("")
    ada.page.get_by_role("button", name="Help desk").click()
    expect(ada.page.get_by_role("button", name="Help desk")).to_have_attribute(
        "aria-current", "true"
    )


def test_edits_and_deletions_reach_the_other(visit: Visit, server: LiveServer) -> None:
    kim, ada = visit().enter("kim"), visit().enter("ada")
    for text in ("ett", "två"):
        kim.say(text)
    ada.sees("ett", "två")
    kim.act("ett", "Edit")
    form = kim.page.get_by_label("Edit your message")
    expect(form).to_be_focused()
    form.fill("1")
    form.press("Enter")
    kim.act("två", "Delete")
    kim.page.get_by_role("button", name="Yes, delete").click()
    for visitor in (kim, ada):
        visitor.sees("1", "This message was deleted")
        expect(visitor.message("1").locator(".when")).to_contain_text("edited")
    assert [m["text"] for m in server.get(MESSAGES).json["data"]] == ["1", None]
    assert ada.page.get_by_role("button", name="Edit", exact=True).count() == 0


def test_text_is_text_and_links_are_safe(visit: Visit, server: LiveServer) -> None:
    texts = [
        "<img src=x onerror=alert(1)><b>fet</b>",
        "javascript:alert(1) data:text/html,x",
        "se (https://example.com/a_(b)) och HTTP://example.org/å?x=1&y=2.",
    ]
    for text in texts:
        server.post(MESSAGES, {"nick": "kim", "text": text})
    visitor = visit()
    visitor.sees(*texts)
    links = visitor.page.locator(".text a")
    expect(links).to_have_text(["https://example.com/a_(b)", "HTTP://example.org/å?x=1&y=2"])
    for link in links.all():
        assert link.get_attribute("target") == "_blank"
        assert {"noopener", "noreferrer"} <= set((link.get_attribute("rel") or "").split())
    assert visitor.page.locator(".stream img, .stream b").count() == 0


def test_reading_needs_no_name(visit: Visit, server: LiveServer) -> None:
    server.post(MESSAGES, {"nick": "kim", "text": "hej"})
    visitor = visit()
    visitor.sees("hej")
    expect(visitor.field).to_have_count(0)


def test_a_taken_nick_is_reported_and_another_may_be_chosen(visit: Visit) -> None:
    visit().enter("kim").say("min")
    other = visit()
    field = other.page.get_by_label("Choose a nick to write")
    field.fill("kim")
    field.press("Enter")
    expect(other.page.get_by_role("alert")).to_contain_text("kim")
    other.sees("min")
    other.enter("kim2").say("då så")
    other.sees("min", "då så")


def test_nick_and_draft_survive_a_reload(visit: Visit) -> None:
    kim = visit().enter("kim")
    kim.say("ett")
    kim.sees("ett")
    kim.field.fill("inte klart")
    kim.reload()
    expect(kim.field).to_have_value("inte klart")
    kim.wait_live()
    kim.field.press("Enter")
    kim.sees("ett", "inte klart")
    expect(kim.page.locator(".mine")).to_have_count(2)


def test_rooms(visit: Visit, server: LiveServer) -> None:
    kim, ada = visit().enter("kim"), visit("#/chat/kundtjanst").enter("ada")
    kim.say("i lobbyn")
    kim.page.get_by_role("button", name="Help desk").click()
    kim.say("hjälp")
    ada.sees("hjälp")
    kim.page.get_by_role("button", name="Lobby").click()
    kim.sees("i lobbyn")
    assert server.get("/chat/rooms/kundtjanst/messages").json["data"][0]["text"] == "hjälp"


def test_commands_are_hinted(visit: Visit) -> None:
    kim = visit().enter("kim")
    kim.field.press_sequentially("/")
    options = kim.page.get_by_role("option")
    expect(options).to_have_count(5)
    kim.field.press_sequentially("m")
    expect(options).to_have_text(["/me …say what you do", "/msg nick …tell one person only"])
    kim.field.press("ArrowDown")
    kim.field.press("Tab")
    expect(kim.field).to_have_value("/msg ")
    expect(options).to_have_count(0)


def test_commands_are_answered_and_not_stored(visit: Visit, server: LiveServer) -> None:
    kim = visit().enter("kim")
    kim.field.fill("/help")
    kim.field.press("Enter")
    notice = kim.page.locator(".aside.notice")
    expect(notice).to_contain_text("/msg")
    expect(notice).to_contain_text("Only you see this")
    kim.sees()
    assert server.get(MESSAGES).json["data"] == []


def test_an_action_looks_like_one(visit: Visit) -> None:
    kim = visit().enter("kim")
    kim.say("/me vinkar")
    expect(kim.page.locator(".message em")).to_have_text("vinkar")
    kim.sees("vinkar")


def test_a_change_of_nick_survives_a_reload(visit: Visit) -> None:
    kim = visit().enter("kim")
    kim.say("/nick kim2")
    expect(kim.page.locator(".as")).to_contain_text("kim2")
    kim.say("hej")
    kim.sees("hej")
    kim.reload()
    kim.wait_live()
    kim.say("hej igen")
    kim.sees("hej", "hej igen")
    expect(kim.page.locator(".mine .nick")).to_have_text(["kim2"])


def test_a_refused_change_of_nick_changes_nothing(visit: Visit) -> None:
    visit().enter("ada")
    kim = visit().enter("kim")
    kim.say("/nick ada")
    expect(kim.page.get_by_role("alert")).to_contain_text("ada")
    kim.say("hej")
    kim.sees("hej")
    expect(kim.page.locator(".mine .nick")).to_have_text(["kim"])
