"""Reports in the browser: written with a preview, live for everybody, safe whatever they hold."""

from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.browsers import LOST, REFUSED
from tests.browser.conftest import Visit
from tests.browser.passing import passing
from tests.support.server import LiveServer

TEXT = """## Rubrik

| a | b |
|---|--:|
| 1 | 2 |

![bild](https://pictures.example/x.png) och [länk](https://example.com/)

<script>alert(1)</script><p style="position:fixed" onclick="alert(1)">stycke</p>
"""


def test_a_report_edited_in_one_is_seen_in_the_other(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos")
    server.post("/reports", {"week": 1, "title": "Ett", "text": "*först*"}, token=token)
    reader, writer = visit("#/reports/1"), visit("#/reports/1")
    expect(reader.page.locator(".prose em")).to_have_text("först")
    assert writer.page.get_by_role("link", name="Edit").count() == 0
    writer.log_in(email("mos"), PASSWORD)
    writer.page.get_by_role("link", name="Edit", exact=True).click()
    writer.page.get_by_label("Title").fill("Ett, igen")
    writer.page.get_by_label("Text, in Markdown").fill("*sedan* mer")
    expect(writer.page.locator(".preview em")).to_have_text("sedan")
    with passing(reader.page, ".changed.shown", "Changed just now"):
        writer.page.get_by_role("button", name="Save").click()
    for visitor in (reader, writer):
        expect(visitor.page.locator(".prose em")).to_have_text("sedan")
        heading = visitor.page.get_by_role("heading", level=1)
        expect(heading).to_have_text("Ett, igen")
    reader.go("#/reports")
    expect(reader.page.locator(".cards strong")).to_have_text(["Ett, igen"])


def test_a_new_report_after_registering(visit: Visit, server: LiveServer) -> None:
    reader, writer = visit("#/reports"), visit("#/reports/new", expects=REFUSED)
    expect(writer.page.get_by_text("Log in to write reports.")).to_be_visible()
    writer.page.get_by_role("banner").get_by_role("button", name="Log in").click()
    dialog = writer.page.get_by_role("dialog")
    dialog.get_by_role("button", name="No account yet? Register").click()
    dialog.get_by_label("Email").fill("kim@example.com")
    dialog.get_by_label("Password").fill(" " * 300)
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(dialog).to_have_count(0)
    writer.page.get_by_label("Title").fill("Första veckan")
    writer.page.get_by_label("Text, in Markdown").fill("# Hej")
    expect(writer.page.locator(".preview h1")).to_have_text("Hej")
    assert server.get("/reports").json["data"] == [], "a preview stores nothing"
    writer.page.get_by_role("button", name="Save").click()
    expect(reader.page.locator(".cards strong")).to_have_text(["Första veckan"])
    writer.page.get_by_role("button", name="Delete").click()
    writer.page.get_by_role("button", name="Delete this report?").click()
    expect(reader.page.locator(".cards")).to_have_count(0)
    writer.reload()
    expect(writer.page.get_by_role("button", name="Log out")).to_be_visible()


def test_others_have_no_editor_and_the_owner_has(visit: Visit, server: LiveServer) -> None:
    author = make(server, "mos")
    make(server, "ada")
    make(server, "boss", owner=True)
    server.post("/reports", {"week": 1, "title": "Ett", "text": "x"}, token=author)
    other, owner = visit("#/reports/1/edit"), visit("#/reports/1/edit")
    other.log_in(email("ada"), PASSWORD)
    expect(other.page.get_by_text("Only its author or the owner may change")).to_be_visible()
    owner.log_in(email("boss"), PASSWORD)
    owner.page.get_by_label("Text, in Markdown").fill("y")
    server.post("/reports", {"week": 1, "title": "Ett", "text": "z"}, token=author)
    expect(owner.page.get_by_text("changed while you were writing")).to_be_visible()
    owner.page.get_by_role("button", name="Save").click()
    expect(owner.page.locator(".prose")).to_have_text("y")


def test_what_the_policy_refuses_is_said_another_way(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos")
    server.post("/reports", {"week": 1, "title": "Ett", "text": TEXT}, token=token)
    prose = visit("#/reports/1").page.locator(".prose")
    expect(prose.locator("td").last).to_have_css("text-align", "right")
    expect(prose.get_by_role("link", name="bild")).to_have_attribute(
        "href", "https://pictures.example/x.png"
    )
    for link in prose.locator("a:not(.place)").all():
        assert link.get_attribute("target") == "_blank"
        assert "noopener" in (link.get_attribute("rel") or "")
    assert prose.locator("img, script, [style], [onclick]").count() == 0


def test_f55_a_footnote_is_gone_to_and_back(visit: Visit, server: LiveServer) -> None:
    """F55: the page's route is in the fragment, which such a link would replace."""
    token = make(server, "mos")
    text = "Text[^å]\n\n" + "rad\n\n" * 200 + "[^å]: noten"
    server.post("/reports", {"week": 1, "title": "Ett", "text": text}, token=token)
    page = visit("#/reports/1").page
    note = page.locator(".footnotes li")
    page.locator(".prose sup a").click()
    expect(note).to_be_in_viewport()
    expect(note).to_be_focused()
    note.locator("a").click()
    expect(page.locator(".prose sup a")).to_be_in_viewport()
    assert page.evaluate("location.hash") == "#/reports/1"


def test_the_address_of_a_report_is_copied(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos")
    server.post("/reports", {"week": 1, "title": "Ett", "text": "x"}, token=token)
    visitor = visit("#/reports/1", permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    with passing(page, ".copy [role=status]", "Copied"):
        page.get_by_role("button", name="Copy the address").click()
    assert page.evaluate("navigator.clipboard.readText()") == f"{server.url}/#/reports/1"
    # As without TLS.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.get_by_role("button", name="Copy the address").click()
    field = page.get_by_label("Address")
    expect(field).to_have_value(f"{server.url}/#/reports/1")
    selected = "(field) => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert field.evaluate(selected) == f"{server.url}/#/reports/1"


def test_f81_a_place_in_a_report_can_be_linked(visit: Visit, server: LiveServer) -> None:
    """F81: the page's route is in the fragment, so headings had no address."""
    token = make(server, "mos")
    text = "## Början\n\n" + "rad\n\n" * 200 + "## Hej på dig\n\nslut\n\n" + "rad\n\n" * 200
    server.post("/reports", {"week": 1, "title": "Ett", "text": text}, token=token)
    page = visit("#/reports/1/user-content-hej-på-dig").page
    heading, first = page.locator("#user-content-hej-på-dig"), page.locator("#user-content-början")
    expect(heading).to_be_in_viewport()
    expect(heading).to_be_focused()
    link = first.get_by_role("link", name="Link to this heading")
    link.focus()
    link.press("Enter")
    expect(first).to_be_in_viewport()
    expect(first).to_be_focused()
    assert page.evaluate("decodeURI(location.hash)") == "#/reports/1/user-content-början"
    page.go_back()
    expect(heading).to_be_in_viewport()


def test_an_unknown_week_is_reported(visit: Visit) -> None:
    visitor = visit("#/reports/7")
    expect(visitor.page.get_by_text("There is no report of week 7.")).to_be_visible()


def test_an_expired_token_is_reported(visit: Visit, server: LiveServer) -> None:
    make(server, "mos")
    visitor = visit(expects=LOST)
    visitor.log_in(email("mos"), PASSWORD)
    server.stop()
    server.settings["jwt_secret"] = "another" * 8
    server.start()
    expect(visitor.page.get_by_role("alert")).to_contain_text("Your login is not valid any more")
    visitor.log_in(email("mos"), PASSWORD)
    visitor.say("tillbaka")
    visitor.sees("tillbaka")
    assert visitor.page.locator(".message .mark").count() == 1
