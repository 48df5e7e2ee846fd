"""Ten thousand messages: read to their beginning, by a page that stays small and never jumps."""

from playwright.sync_api import Page, expect

from benchmarks.fill import fill
from tests.browser.conftest import Visit
from tests.support.server import LiveServer

SIZE = 10_000
MOST_ELEMENTS = 4000
TURN = 600
PLACE = """
([id]) => {
  const frame = document.querySelector(".frame").getBoundingClientRect();
  const row = document.querySelector(`[data-id="${id}"]`)?.getBoundingClientRect();
  return row ? Math.round(row.top - frame.top) : null;
}
"""
"""Where a message stands in the frame."""
TOP = """
() => Number([...document.querySelectorAll("[data-id]")].find((row) =>
  row.getBoundingClientRect().bottom > document.querySelector(".frame").getBoundingClientRect().top
)?.dataset.id)
"""
"""Which message is the first that can be seen."""


READ_UP = f"""
async () => {{
  const seen = [({TOP})()];
  let most = 0;
  while (seen.at(-1) !== 1) {{
    document.querySelector(".frame").scrollTop = 0;
    await new Promise(requestAnimationFrame);
    most = Math.max(most, document.querySelectorAll("*").length);
    const first = ({TOP})();
    if (first !== seen.at(-1)) seen.push(first);
  }}
  return [most, seen];
}}
"""
"""Scroll to the top in each frame until the first message is seen.

Return how many elements there were at most, and each message that was the first in a frame.
"""
ROOM = """
([turn]) => document.querySelector(".frame").scrollTop > turn
  || document.querySelector('[data-id="1"]')
"""
"""Whether the frame can be scrolled up by so much, or will have nothing more above."""


def first_seen(page: Page) -> int:
    number: int = page.evaluate(TOP)
    return number


def test_ten_thousand_messages(visit: Visit, server: LiveServer) -> None:
    server.stop()
    fill(server.database, {"lobby": SIZE})
    server.start()
    visitor = visit("#/chat").enter("kim")
    page = visitor.page
    expect(page.locator(f"[data-id='{SIZE}']")).to_be_in_viewport()
    page.locator(".frame").hover()
    most, seen = page.evaluate(READ_UP)
    assert most < MOST_ELEMENTS
    assert seen == sorted(set(seen), reverse=True), "it has jumped down"
    expect(page.get_by_text("This is where it began.")).to_be_in_viewport()
    visitor.say("längst ner")
    expect(visitor.message("längst ner")).to_be_in_viewport()
    assert page.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS


def test_older_messages_come_in_without_a_jump(visit: Visit, server: LiveServer) -> None:
    server.stop()
    fill(server.database, {"lobby": 400})
    server.start()
    page = visit("#/chat").enter("kim").page
    expect(page.locator("[data-id='400']")).to_be_in_viewport()
    page.locator(".frame").hover()
    oldest = page.locator("[data-id]").first
    turns = 0
    while oldest.get_attribute("data-id") != "1":
        watched = first_seen(page)
        place = page.evaluate(PLACE, [watched])
        page.mouse.wheel(0, -TURN)
        # Were anything put in above without care, what one reads would move by more than that.
        page.wait_for_function(
            f"([id, goal]) => Math.abs(({PLACE})([id]) - goal) <= 2", arg=[watched, place + TURN]
        )
        # The next turn has its whole way only when what is above has come in.
        page.wait_for_function(ROOM, arg=[TURN])
        assert abs(page.evaluate(PLACE, [watched]) - place - TURN) <= 2
        turns += 1
    assert turns * TURN > 10_000
