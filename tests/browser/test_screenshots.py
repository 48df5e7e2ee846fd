"""The pictures in docs/screenshots, made of the real page.

Written only where one is missing, or all of them by `make screenshots`: a browser of another day
draws a few pixels otherwise, and no commit should be about that.
"""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.browser import pages
from tests.browser.browsers import PHONE, WIDE
from tests.browser.conftest import Visit
from tests.support.server import ROOT, LiveServer

FOLDER = ROOT / "docs" / "screenshots"
WRITE_ALL = os.environ.get("SCREENSHOTS") == "write"
MOST_BYTES = 150_000
PLACES = {"me": "#/", "reports": "#/reports/4", "chat": "#/chat"}
SIZES = {"wide": WIDE, "phone": PHONE}
SCHEMES = ("light", "dark")
USUAL_PORT = """
for (const code of document.querySelectorAll("main code")) {
  code.textContent = code.textContent.replaceAll(location.host, "127.0.0.1:1337");
}
"""
NAMES = {f"{p}-{size}-{s}.png" for p in PLACES for size in SIZES for s in SCHEMES}


@pytest.mark.parametrize("size", SIZES)
def test_the_pictures_can_be_made(visit: Visit, server: LiveServer, size: str) -> None:
    pages.set_up(server)
    visit("#/chat").enter("lin")
    visitor = visit(
        "#/chat", viewport=SIZES[size], timezone_id="Europe/Stockholm", reduced_motion="reduce"
    )
    page = visitor.page
    page.clock.set_fixed_time(pages.NOW)
    visitor.enter("kim")
    for place, where in PLACES.items():
        visitor.go(where)
        visitor.reload()
        visitor.wait_live()
        expect(page.locator(".message")).to_have_count(len(pages.SAID))
        page.locator({"me": ".cards", "reports": ".prose", "chat": ".members"}[place]).wait_for(
            state="attached"
        )
        page.wait_for_function("() => document.fonts.status === 'loaded'")
        page.evaluate(USUAL_PORT)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            picture = page.screenshot(animations="disabled", caret="hide")
            assert len(picture) < MOST_BYTES
            path = FOLDER / f"{place}-{size}-{scheme}.png"
            if WRITE_ALL or not path.exists():
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(picture)


def test_the_documents_show_every_picture() -> None:
    pages = (ROOT / "README.md", ROOT / "docs" / "page.md")
    shown = [re.findall(r"screenshots/([\w.-]+)", page.read_text()) for page in pages]
    assert all(shown) and {name for names in shown for name in names} == NAMES
    assert {path.name for path in FOLDER.glob("*")} == NAMES
