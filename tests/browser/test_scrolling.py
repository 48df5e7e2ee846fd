"""What is rendered before the browser reports a scroll, in its next frame, leaves it as it is."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.support.server import LiveServer

FOCUS_AND_RENDER = """
async ([id]) => {
  // The browser scrolls to what gets the focus.
  document.querySelector(`[data-id="${id}"]`).focus();
  document.querySelector("[aria-controls=members]").click();
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
}
"""


def test_a_message_with_the_focus_stays_in_sight(visit: Visit, server: LiveServer) -> None:
    for number in range(1, 101):
        message = {"nick": f"ada {number}", "text": f"rad {number}"}
        server.post("/chat/rooms/lobby/messages", message)
    page = visit("#/chat").page
    expect(page.locator("[data-id='100']")).to_be_in_viewport()
    for each in (60, 90, 70):
        row = page.locator(f"[data-id='{each}']")
        expect(row).not_to_be_in_viewport()
        page.evaluate(FOCUS_AND_RENDER, [each])
        expect(row).to_be_focused()
        expect(row).to_be_in_viewport(ratio=1)
