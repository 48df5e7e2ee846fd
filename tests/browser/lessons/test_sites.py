"""Reports, two parts, tests, deployment: docs/kurs in a browser, on this server and plain ones.

Each test does what its page tells the reader to try, and sees the loss that the page claims.
"""

import re
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from tests.browser.lessons.pages import (
    Open,
    toggle,
    wait_open,
    wait_rows,
    wait_state,
    write,
)
from tests.conftest import StartServer
from tests.lessons.plain_servers import PlainServer, PlainServers
from tests.support.http import HttpClient
from tests.support.server import LiveServer


def test_me_api(server: LiveServer, plain: PlainServers, tab: Open) -> None:
    def enter(page: Page, name: str, button: str) -> None:
        page.locator("[name=email]").fill(f"{name}@example.com")
        page.locator("[name=password]").fill("hemligt123")
        page.get_by_role("button", name=button).click()

    def save(page: Page, title: str) -> None:
        page.locator("[name=week]").fill("17")
        page.locator("[name=title]").fill(title)
        page.locator("textarea").fill("*Hej*")
        page.get_by_role("button", name="Spara").click()

    beside = plain.start("me-api")
    for at in (server, beside):
        anna, bo = tab("me-api", at), tab("me-api", at)
        enter(anna, "alva", "Registrera")
        wait_state(anna, "inloggad som alva")
        save(anna, "Alvas")
        wait_state(anna, "sparad")
        wait_rows(anna, "Vecka 17: Alvas (alva)")
        if at is server:
            # Without being refreshed.
            wait_rows(bo, "Vecka 17: Alvas (alva)")
        enter(bo, "bosse", "Registrera")
        wait_state(bo, "inloggad som bosse")
        save(bo, "Bosses")
        wait_state(bo, re.compile("^fel: " if at is server else "^sparad"))
        anna.reload()
        wait_rows(anna, "Vecka 17: Alvas (alva)" if at is server else "Vecka 17: Bosses (bosse)")
    beside.kill()
    beside.start()
    anna.reload()
    wait_state(anna, "redan inloggad")
    save(anna, "Alvas igen")
    wait_state(anna, "fel: Logga in först.")
    wait_rows(anna)
    enter(anna, "alva", "Logga in")
    wait_state(anna, "fel: Fel e-post eller lösenord.")


def test_tva_delar(server: LiveServer, plain: PlainServers, tab: Open) -> None:
    def wait_parts(page: Page, state: str) -> None:
        for part in ("chat", "reports"):
            expect(page.locator(f"#{part}-state")).to_have_text(state)

    def save(at: HttpClient, title: str, token: str, week: int = 18) -> None:
        form = {"week": str(week), "title": title, "text": "hej"}
        assert at.request("POST", "/reports", form=form, token=token).status in (200, 201)

    account = {"email": "tva@example.com", "password": "hemligt123"}
    assert server.post("/register", account).status == 201
    token = server.post("/login", account).json["data"]["token"]
    beside = plain.start("tva-delar")
    for at in (server, beside):
        one, other = tab("tva-delar", at), tab("tva-delar", at)
        for page in (one, other):
            wait_parts(page, "öppen")
            expect(page.locator("#connections")).to_have_text("1")
        write(one, "två: ett")
        save(at, "Ett", token)
        expect(other.locator("#messages")).to_contain_text("två: ett")
        expect(other.locator("#reports")).to_contain_text("Vecka 18: Ett")
        toggle(other)
        wait_parts(other, "stängd")
        write(one, "två: borta?")
        save(at, "Borta", token)
        expect(one.locator("#reports")).to_contain_text("Vecka 18: Borta")
        expect(one.locator("#messages")).to_contain_text("två: borta?")
        toggle(other)
        wait_parts(other, "öppen")
        # Each part has a connection of its own.
        write(one, "två: nu")
        save(at, "Nu", token, 19)
        expect(other.locator("#messages")).to_contain_text("två: nu")
        expect(other.locator("#reports")).to_contain_text("Vecka 19: Nu")
        for missed in ("två: borta?", "Vecka 18: Borta"):
            row = other.locator("li").get_by_text(missed)
            expect(row).to_have_count(int(at is server))
    beside.kill()
    wait_parts(one, "stängd")
    beside.start()
    wait_parts(one, "öppen")
    write(one, "två: efteråt")
    expect(one.locator("#messages")).to_contain_text("två: efteråt")
    # The new message has the number of the first, and so its place.
    assert "två: ett" not in one.locator("#messages").inner_text()


def test_testa(server: LiveServer, plain: PlainServers, tab: Open) -> None:
    beside = plain.start("testa")
    for at, failed in ((server, 0), (beside, 3)):
        page = tab("testa", at)
        expect(page.locator("#state")).to_have_text(
            f"klart: {failed} av 4 misslyckades", timeout=60_000
        )
        expect(page.locator(".failed")).to_have_count(failed)


def test_driftsatt(
    server: LiveServer, start_server: StartServer, plain: PlainServers, tabs: Open
) -> None:
    def wait_table(page: Page, *rows: tuple[HttpClient, str]) -> None:
        """Wait until the table says this of each server."""
        for number, (at, words) in enumerate(rows):
            row = page.locator("tbody tr").nth(number)
            expect(row).to_have_text(f"http://{at.host}:{at.port}{words}")

    def look(*servers: HttpClient) -> Page:
        page = tabs("driftsatt")
        query = urlencode([("server", f"http://{at.host}:{at.port}") for at in servers])
        page.goto(f"{server.url}/kurs/exempel/driftsatt.html?{query}")
        return page

    parts: list[PlainServer] = [plain.start("driftsatt", PART=part) for part in ("chat", "chat")]
    page = look(*parts)
    wait_table(page, (parts[0], "janejja"), (parts[1], "janejja"))
    write(page, "drift: hej")
    wait_state(page, "sparat")
    wait_table(page, (parts[0], "janejjadrift: hej"), (parts[1], "janejja"))
    parts[0].kill()
    wait_table(page, (parts[0], "inget svar" * 3))
    write(page, "drift: borta")
    wait_state(page, re.compile("^inget svar"))
    parts[0].start()
    wait_table(page, (parts[0], "janejja"))
    page.close()
    chat, api = (start_server(f"only-{part}", serve=part) for part in ("chat", "api"))
    try:
        page = look(chat, api)
        write(page, "drift: hej")
        wait_table(page, (chat, "janejjadrift: hej"), (api, "jajanej"))
        chat.restart(kill=True)
        wait_table(page, (chat, "janejjadrift: hej"), (api, "jajanej"))
        page.close()
    finally:
        chat.kill()
        api.kill()


def test_from_the_me_page_to_an_example_under_the_policy(server: LiveServer, tabs: Open) -> None:
    page = tabs("eko")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{server.url}/")
    page.get_by_role("link", name="kursen").click()
    page.get_by_role("link", name="Eko", exact=True).click()
    expect(page.get_by_role("heading", name="Eko", exact=True)).to_be_visible()
    page.get_by_role("link", name="klienten", exact=True).first.click()
    wait_open(page)
    assert not refused
    page.close()
