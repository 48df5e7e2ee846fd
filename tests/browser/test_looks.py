"""Phone and wide, light and dark, Swedish and English: whole, readable and still."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.conftest import Visit
from tests.browser.visitors import PHONE, WIDE, Visitor
from tests.support.server import ROOT, LiveServer

AXE = ROOT / "client" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
MOST_SHIFT = 0.01
"""Of the layout, after the first picture: hundredths can be seen, thousandths cannot."""
SMALLEST_TARGET = 24
"""Pixels, as WCAG 2.2 asks of what is touched."""


def findings(visitor: Visitor) -> list[Any]:
    """Look for what keeps people out."""
    visitor.page.evaluate(AXE.read_text())
    told = visitor.page.evaluate("axe.run().then((found) => JSON.stringify(found.violations))")
    return [
        (found["id"], found["impact"], [node["html"][:200] for node in found["nodes"]])
        for found in json.loads(told)
        if found["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_nothing_keeps_anybody_out(
    visit: Visit, server: LiveServer, viewport: Any, scheme: Any
) -> None:
    token = make(server, "mos", owner=True)
    text = "## Två\n\n`kod` och *mer*\n\n| a | b |\n|--|--:|\n| 1 | 2 |\n\n> citat\n\n- [x] klar"
    text += f"\n\n```\n{'x' * 300}\n```\n"
    server.post("/reports", {"week": 1, "title": "Ett", "text": text}, token=token)
    for nick in ("ada", "kim", "eve", "bob", "lin"):
        server.post("/chat/rooms/lobby/messages", {"nick": nick, "text": "se http://a.example"})
    # A colour on its way to another one would be judged as it happens to be.
    seen = visit("#/", viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    expect(seen.page.get_by_role("heading", name="I’m mos")).to_be_visible()
    assert findings(seen) == []
    seen.page.get_by_role("banner").get_by_role("button", name="Log in").click()
    assert findings(seen) == []
    seen.page.keyboard.press("Escape")
    seen.go("#/chat").enter("tom").say("/help")
    expect(seen.page.locator(".aside.notice")).to_be_visible()
    seen.say("x" * 4001)
    expect(seen.page.locator(".pending.failed")).to_be_visible()
    seen.say("mitt")
    expect(seen.message("mitt").and_(seen.page.locator("[data-id]"))).to_be_visible()
    seen.field.press("ArrowUp")
    expect(seen.page.get_by_label("Edit your message")).to_be_visible()
    seen.field.fill("/")
    expect(seen.page.get_by_role("option")).to_have_count(5)
    assert findings(seen) == []
    seen.log_in(email("mos"), PASSWORD)
    for place, there in (("1", ".prose"), ("1/edit", ".preview .prose"), ("", ".cards")):
        seen.go(f"#/reports/{place}")
        expect(seen.page.locator(there)).to_be_visible()
        assert findings(seen) == []


def test_axe_finds_what_is_wrong(visit: Visit) -> None:
    visitor = visit()
    visitor.wait_live()
    visitor.page.evaluate("document.querySelector('.home').style.color = '#eee'")
    assert [found[0] for found in findings(visitor)] == ["color-contrast"]


@pytest.mark.parametrize("where", ["#/", "#/reports", "#/reports/1", "#/chat"])
def test_everything_fits_a_phone(visit: Visit, server: LiveServer, where: str) -> None:
    token = make(server, "mos")
    wide = "| " + " | ".join(["en ganska lång kolumn"] * 12) + " |\n|" + "--|" * 12
    text = f"{wide}\n\n```\n{'x' * 300}\n```\n\n{'ord' * 100}"
    server.post("/reports", {"week": 1, "title": "Titel" * 30, "text": text}, token=token)
    server.post("/chat/rooms/lobby/messages", {"nick": "w" * 32, "text": "x" * 500})
    visitor = visit(where, viewport=PHONE, has_touch=True, is_mobile=True)
    visitor.page.locator(".cards, .prose, .message").first.wait_for(state="attached")
    wider = visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wider, "the page must not move sideways"
    for target in visitor.page.locator("button:visible, nav a:visible").all():
        box = target.bounding_box()
        assert box and min(box["width"], box["height"]) >= SMALLEST_TARGET, target.inner_text()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"], target.inner_text()


def test_on_a_phone_one_writes_and_reads(visit: Visit) -> None:
    kim = visit("#/chat", viewport=PHONE, has_touch=True, is_mobile=True).enter("kim")
    kim.say("hej")
    kim.sees("hej")
    expect(kim.field).to_be_in_viewport(ratio=1)
    expect(kim.message("hej")).to_be_in_viewport(ratio=1)
    kim.page.get_by_role("link", name="Me", exact=True).tap()
    expect(kim.page.get_by_role("heading", level=1)).to_be_in_viewport()
    expect(kim.field).not_to_be_visible()
    kim.page.get_by_role("link", name="Chat").tap()
    kim.message("hej").locator(".bubble").tap()
    kim.message("hej").get_by_role("button", name="Edit").tap()
    expect(kim.page.get_by_label("Edit your message")).to_be_focused()


def test_dark_is_dark_and_light_is_light(visit: Visit) -> None:
    lightness = {}
    for scheme in ("light", "dark"):
        page = visit(color_scheme=scheme).page
        page.locator(".chat").wait_for()
        lightness[scheme] = page.evaluate(
            "getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).map(Number)"
        )
    assert min(lightness["light"]) > 220
    assert max(lightness["dark"]) < 60


def test_swedish(visit: Visit, server: LiveServer) -> None:
    make(server, "mos", owner=True)
    visitor = visit(locale="sv-SE")
    page = visitor.page
    visitor.wait_live()
    assert page.evaluate("document.documentElement.lang") == "sv"
    expect(page.get_by_role("heading", level=1)).to_have_text("Hej, jag är mos.")
    expect(page.locator(".pages a")).to_have_text(["Jag", "Rapporter", "Chatt"])
    page.get_by_label("Välj ett smeknamn för att skriva").fill("kim")
    page.get_by_role("button", name="Var med").click()
    visitor.say("hej på dig")
    visitor.sees("hej på dig")
    expect(page.locator(".day")).to_have_text(["I dag"])
    expect(page.get_by_role("button", name="Kundtjänst")).to_be_visible()


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("where", ["#/", "#/chat"])
def test_nothing_moves_while_it_loads(
    visit: Visit, server: LiveServer, viewport: Any, where: str
) -> None:
    token = make(server, "mos", owner=True)
    for week in (1, 2, 3):
        server.post("/reports", {"week": week, "title": "Ett", "text": "x"}, token=token)
    for number in range(60):
        server.post("/chat/rooms/lobby/messages", {"nick": "ada", "text": f"rad {number}"})
    visitor = visit(where, viewport=viewport)
    visitor.wait_live()
    visitor.page.locator(".message, .cards").first.wait_for(state="attached")
    visitor.page.wait_for_function("document.fonts.status === 'loaded'")
    shift = visitor.page.evaluate("window.shift")
    assert shift < MOST_SHIFT, shift
