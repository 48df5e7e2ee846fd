"""What ends by itself on an open page: bans, closed rooms; and what retention has removed."""

from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.axe import check
from tests.browser.browsers import REFUSED, Visitor
from tests.browser.conftest import Visit
from tests.browser.without_pings import server
from tests.retention.keeping import age, keep, wait_pruned
from tests.support.server import LiveServer

__all__ = ["server"]

HALF_A_MINUTE = 30_000
LOBBY = "/chat/rooms/lobby"


def wait_half_a_minute(visitor: Visitor) -> None:
    visitor.page.clock.fast_forward(HALF_A_MINUTE)


def open_with_clock(visit: Visit, nick: str, locale: str = "en-GB") -> Visitor:
    """Open the chat on a page whose clock the test moves."""
    visitor = visit("#/", expects=REFUSED, reduced_motion="reduce", locale=locale)
    visitor.page.clock.install()
    visitor.go("#/chat")
    visitor.reload()
    if locale == "en-GB":
        return visitor.enter(nick)
    visitor.page.get_by_label("Välj ett smeknamn för att skriva").fill(nick)
    visitor.page.get_by_role("button", name="Var med").click()
    visitor.wait_live()
    return visitor


def ban(server: LiveServer, token: str, **body: object) -> int:
    reply = server.post(
        "/moderation/bans", {"member": {"room": "lobby", "nick": "kim"}, **body}, token=token
    )
    assert reply.status == 201
    number: int = reply.json["data"]["id"]
    return number


def test_the_page_goes_on_when_a_ban_from_the_site_is_lifted(
    visit: Visit, server: LiveServer
) -> None:
    token = make(server, "mos", owner=True)
    kim = open_with_clock(visit, "kim", "sv-SE")
    kim.say("hej")
    kim.sees("hej")
    number = ban(server, token, minutes=60, reason="stör")
    expect(kim.page.get_by_text("Du är avstängd här.")).to_be_visible()
    # Nothing can be written meanwhile.
    for control in (kim.field, kim.page.get_by_role("button", name="Redigera")):
        expect(control).to_have_count(0)
    expect(kim.message("hej")).to_be_visible()
    said = kim.page.locator("#nick-trouble")
    expect(said).to_contain_text("Du är avstängd här till ")
    expect(said).to_contain_text(": stör")
    notice = kim.page.locator(".aside.notice p")
    expect(notice).to_contain_text("Du är avstängd här till ")
    check(kim)
    server.post(f"{LOBBY}/messages", {"text": "under tiden"}, token=token)
    wait_half_a_minute(kim)
    expect(said).to_contain_text(": stör")
    assert server.delete(f"/moderation/bans/{number}", token=token).status == 204
    wait_half_a_minute(kim)
    kim.wait_live()
    expect(said).to_have_count(0)
    kim.say("tillbaka")
    kim.sees("hej", "under tiden", "tillbaka")


def test_the_page_goes_on_when_a_ban_from_a_room_is_lifted(
    visit: Visit, server: LiveServer
) -> None:
    token = make(server, "mos", owner=True)
    kim = open_with_clock(visit, "kim")
    kim.say("hej")
    number = ban(server, token, room="lobby", minutes=60, reason="stör")
    closed = kim.page.locator(".closed")
    expect(closed.get_by_role("alert")).to_have_text("You are banned from Lobby.")
    expect(closed).to_contain_text("until ")
    expect(closed).to_contain_text("stör")
    check(kim)
    assert server.delete(f"/moderation/bans/{number}", token=token).status == 204
    wait_half_a_minute(kim)
    kim.sees("hej")
    kim.say("tillbaka")
    kim.sees("hej", "tillbaka")


def test_the_page_goes_on_when_a_room_is_opened_to_guests(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    kim = open_with_clock(visit, "kim")
    kim.say("hej")
    server.patch(LOBBY, {"guests": "none"}, token=token)
    closed = kim.page.get_by_role("alert").filter(has_text="only for registered users")
    expect(closed).to_be_visible()
    tabs = kim.page.get_by_role("navigation", name="Rooms").get_by_role("button")
    expect(tabs).to_have_text(["Help desk"])
    server.patch(LOBBY, {"guests": "post"}, token=token)
    wait_half_a_minute(kim)
    kim.sees("hej")
    expect(closed).to_have_count(0)
    expect(tabs).to_have_text(["Lobby", "Help desk"])


def test_the_view_of_moderators_is_kept_up_to_date(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    server.post(f"{LOBBY}/messages", {"text": "buy", "nick": "spammer"}, guest="s" * 32)
    mos = visit("#/", expects=REFUSED)
    mos.page.clock.install()
    mos.go("#/moderation")
    mos.reload()
    mos.log_in(email("mos"), PASSWORD)
    expect(mos.page.get_by_text("Nobody is banned.")).to_be_visible()
    body = {"message": {"room": "lobby", "id": 1}, "reason": "ads"}
    assert server.post("/moderation/bans", body, token=token).status == 201
    wait_half_a_minute(mos)
    expect(mos.page.get_by_role("region", name="Bans")).to_contain_text("spammer")
    expect(mos.page.get_by_role("region", name="What owners")).to_contain_text("banned spammer")


def test_why_a_nick_was_refused_is_said_until_another_is_written(
    visit: Visit, server: LiveServer
) -> None:
    make(server, "mos")
    kim = visit("#/chat", expects=REFUSED)
    kim.page.get_by_label("Choose a nick to write").fill("mos")
    kim.page.get_by_role("button", name="Join in").click()
    said = kim.page.locator("#nick-trouble")
    expect(said).to_be_visible()
    kim.page.get_by_role("button", name="Help desk").click()
    expect(said).to_have_count(0)
    kim.page.get_by_label("Choose a nick to write").fill("mos")
    kim.page.get_by_role("button", name="Join in").click()
    expect(said).to_be_visible()
    kim.page.get_by_label("Choose a nick to write").fill("kim")
    expect(said).to_have_count(0)


def test_what_retention_has_removed_is_said_above_the_oldest_message(
    visit: Visit, server: LiveServer
) -> None:
    token = make(server, "mos", owner=True)
    beginning = visit("#/chat").page.locator(".beginning")
    expect(beginning).to_have_text("Nothing is written here yet. Be the first.")
    for number in range(1, 5):
        server.post(f"{LOBBY}/messages", {"text": f"rad {number}"}, token=token)
    expect(beginning).to_have_text("This is where it began.")
    age(server, 3)
    keep(server, messages=2)
    wait_pruned(server, 3)
    kim = visit("#/chat")
    kim.sees("rad 3", "rad 4")
    expect(kim.page.locator(".beginning")).to_have_text("Older messages have been removed.")
    before = open_with_clock(visit, "mats")
    before.sees("rad 3", "rad 4")
    svea = visit("#/chat", locale="sv-SE")
    expect(svea.page.locator(".beginning")).to_have_text("Äldre meddelanden har tagits bort.")
    age(server, 4)
    keep(server, days=1)
    wait_pruned(server, 5)
    # A page that is open is not sent it, and offers nothing of it any more.
    wait_half_a_minute(before)
    before.sees()
    expect(before.page.locator(".beginning")).to_have_text(
        "What was written here has been removed."
    )
    kim.reload()
    expect(kim.page.locator(".beginning")).to_have_text("What was written here has been removed.")
    before.say("rad 5")
    before.sees("rad 5")
