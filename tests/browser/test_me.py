"""Who the site is about, in the browser: written by the owner, seen by everybody at once."""

import json
from base64 import b64decode

import pytest
from playwright.sync_api import Route, expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.axe import findings
from tests.browser.browsers import PHONE, REFUSED, Visitor
from tests.browser.conftest import Visit
from tests.support.server import LiveServer

PICTURES = "pictures.example"
PICTURE = f"https://{PICTURES}/mos.png"
PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def serve_pictures(visitor: Visitor) -> None:
    """Answer for the host of the picture; 404 for any other than that one."""

    def respond(route: Route) -> None:
        if route.request.url == PICTURE:
            route.fulfill(body=PIXEL, content_type="image/png")
        else:
            route.fulfill(status=404)

    visitor.context.route(f"https://{PICTURES}/**", respond)


def test_a_new_site_says_how_to_begin(visit: Visit, server: LiveServer) -> None:
    visitor = visit()
    expect(visitor.page.locator("main h1")).to_have_text("Welcome.")
    hint = visitor.page.locator(".hint")
    expect(hint).to_contain_text("flask users create --owner")
    expect(hint).to_contain_text("flask me edit")
    assert findings(visitor) == []
    make(server, "mos", owner=True)
    visitor.reload()
    expect(visitor.page.locator("main h1")).to_have_text("Hi, I’m mos.")
    expect(hint).to_have_count(0)
    visitor.log_in(email("mos"), PASSWORD)
    expect(hint).to_contain_text("Nobody can read yet who you are.")
    hint.get_by_role("link", name="Write who you are").click()
    expect(visitor.page.get_by_label("Name")).to_have_value("mos")


def test_what_the_owner_writes_is_seen_by_all_at_once(visit: Visit, server: LiveServer) -> None:
    make(server, "mos", owner=True)
    reader = visit(hosts=[PICTURES], expects=REFUSED)
    owner = visit("#/me/edit", hosts=[PICTURES], expects=REFUSED)
    for visitor in (reader, owner):
        serve_pictures(visitor)
    expect(owner.page.get_by_text("Log in as the owner to write this.")).to_be_visible()
    owner.log_in(email("mos"), PASSWORD)
    page = owner.page
    page.get_by_label("Name").fill("Mikael")
    page.get_by_label("In one line").fill("Bygger saker")
    page.get_by_label("Text, in Markdown").fill("Jag *bygger*")
    expect(page.locator(".preview em")).to_have_text("bygger")
    page.get_by_label("Links").fill("GitHub")
    page.get_by_label("Picture").fill(PICTURE)
    assert findings(owner) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("is not a title and an address")
    page.get_by_label("Links").fill("GitHub https://github.com/mos\nmailto:mos@example.com")
    page.get_by_role("button", name="Save").click()
    for visitor in (reader, owner):
        shown = visitor.page
        expect(shown.locator("main h1")).to_have_text("Hi, I’m Mikael.")
        expect(shown.locator(".lead")).to_have_text("Bygger saker")
        expect(shown.locator(".hero .prose em")).to_have_text("bygger")
        expect(shown.locator(".links a")).to_have_text(["GitHub", "mos@example.com"])
        expect(shown.locator(".home")).to_have_text("Mikael")
        expect(shown).to_have_title("Mikael")
        shown.wait_for_function("() => document.querySelector('.portrait')?.naturalWidth === 1")
        assert findings(visitor) == []
    assert reader.page.get_by_role("link", name="Edit who I am").count() == 0
    page.get_by_role("link", name="Edit who I am").click()
    expect(page.get_by_role("textbox", name="Links")).to_have_value(
        "GitHub https://github.com/mos\nmos@example.com mailto:mos@example.com"
    )
    page.get_by_label("Picture").fill(f"https://{PICTURES}/gone.png")
    page.get_by_role("button", name="Save").click()
    for visitor in (reader, owner):
        expect(visitor.page.locator(".portrait")).to_have_count(0)


def test_it_is_seen_at_once_after_a_lost_connection(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    server.put("/", {"name": "Ett", "text": "x"}, token=token)
    reader = visit(expects=("net::ERR_", "WebSocket connection to"))
    reader.wait_live()
    expect(reader.page.locator("main h1")).to_have_text("Hi, I’m Ett.")
    server.restart()
    server.put("/", {"name": "Två"}, token=token)
    expect(reader.page.locator("main h1")).to_have_text("Hi, I’m Två.")
    # A visitor who comes back sees it without waiting, and without a shift of what is below.
    reader.reload()
    expect(reader.page.locator("main h1")).to_have_text("Hi, I’m Två.")


def test_it_can_be_installed_with_the_owners_name(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    server.put("/", {"name": "Mikael", "headline": "Bygger"}, token=token)
    visitor = visit()
    session = visitor.context.new_cdp_session(visitor.page)
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # What a browser context is: a private window. The headless shell finds nothing, ever.
    assert {error["errorId"] for error in errors} <= {"in-incognito"}
    found = session.send("Page.getAppManifest")
    assert found["errors"] == []
    manifest = json.loads(found["data"])
    assert (manifest["name"], manifest["description"]) == ("Mikael", "Bygger")
    assert manifest["start_url"].startswith(manifest["scope"])
    assert manifest["display"] in ("standalone", "fullscreen", "minimal-ui")
    assert any(int(icon["sizes"].partition("x")[0]) >= 144 for icon in manifest["icons"])
    for icon in manifest["icons"]:
        response = server.get(icon["src"])
        assert response.headers["Content-Type"] == icon["type"] == "image/png"


def test_a_change_meanwhile_is_reported(visit: Visit, server: LiveServer) -> None:
    token = make(server, "mos", owner=True)
    server.put("/", {"name": "Ett"}, token=token)
    owner = visit("#/me/edit")
    owner.log_in(email("mos"), PASSWORD)
    owner.page.get_by_label("In one line").fill("mitt")
    server.put("/", {"headline": "ett annat"}, token=token)
    expect(owner.page.get_by_text("This was changed while you were writing.")).to_be_visible()
    expect(owner.page.get_by_label("In one line")).to_have_value("mitt")
    owner.page.get_by_role("button", name="Save").click()
    expect(owner.page.locator(".lead")).to_have_text("mitt")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_on_a_phone(visit: Visit, server: LiveServer, scheme: str) -> None:
    token = make(server, "mos", owner=True)
    links = "\n".join(f"{'titel' * 12} https://example.com/{n}" for n in range(20))
    me = {"name": "n" * 120, "headline": "ord " * 40, "text": "## Rubrik\n\n" + "x" * 300}
    assert server.put("/", {**me, "links": links}, token=token).status == 200
    visitor = visit(viewport=PHONE, color_scheme=scheme, locale="sv-SE")
    expect(visitor.page.locator(".links a")).to_have_count(20)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert findings(visitor) == []
