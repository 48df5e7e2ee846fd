"""The examples of docs/kurs in a real browser: against this server, and against the plain ones.

Each test does what its page tells the reader to try, and sees the loss that the page claims.
"""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browsers import TIMEOUT
from tests.conftest import StartServer
from tests.lessons.plain_servers import EXAMPLES, PlainServer, PlainServers
from tests.support.http import HttpClient
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wait import wait_until

LOBBY = "/chat/rooms/lobby/messages"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start one server for all lessons."""
    made = start_server("lessons")
    yield made
    made.kill()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainServers]:
    """Start the process that forks the plain servers."""
    made = PlainServers(tmp_path_factory.mktemp("plain"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def tabs(browser: Browser, server: LiveServer) -> Iterator[Open]:
    """Open examples in tabs of one window; each tab is a person of its own."""
    context = browser.new_context(locale="sv-SE")
    context.set_default_timeout(TIMEOUT)

    def open_tab(lesson: str, at: HttpClient | None = None, **query: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{lesson}: {error}"))
        if at is not None and at is not server:
            query["server"] = f"http://{at.host}:{at.port}"
        page.goto(f"{server.url}/kurs/exempel/{lesson}.html?{urlencode(query)}")
        return page

    faults: list[str] = []
    yield open_tab
    context.close()
    assert not faults


@pytest.fixture
def tab(tabs: Open) -> Iterator[Open]:
    """Open examples; they are closed after the test."""
    opened: list[Page] = []

    def open_tab(*arguments: Any, **query: str) -> Page:
        opened.append(tabs(*arguments, **query))
        return opened[-1]

    yield open_tab
    for page in opened:
        page.close()


def write(page: Page, text: str, **fields: str) -> None:
    """Fill in the form, and send it."""
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=text]").fill(text)
    page.locator("[name=text]").press("Enter")


def wait_state(page: Page, state: str | re.Pattern[str]) -> None:
    expect(page.locator("#state")).to_have_text(state)


def wait_open(*pages: Page) -> None:
    for page in pages:
        wait_state(page, re.compile("^öppen"))


def wait_rows(page: Page, *rows: str | re.Pattern[str]) -> None:
    """Wait until the list of an example has exactly these rows."""
    expect(page.locator("li")).to_have_text(list(rows))


def wait_last(page: Page, row: str) -> None:
    expect(page.locator("li").last).to_have_text(row)


def wait_shown(page: Page, row: str) -> None:
    """Wait for a row that others may follow, such as who has joined."""
    expect(page.get_by_text(row, exact=True)).to_be_visible()


def toggle(page: Page) -> None:
    """Press the button that ends the connection of an example, or opens it again."""
    page.locator("#line").click()


@contextmanager
def slow_client(server: HttpClient) -> Iterator[None]:
    """Run the client that does not read; it is connected inside the context."""
    with subprocess.Popen(
        [sys.executable, str(EXAMPLES / "langsam.py"), str(server.port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "101" in process.stdout.readline()
        process.stdout.readline()
        yield
        process.communicate("\n", timeout=15)
        assert process.returncode == 0


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold the lock of a database, as the page shows it."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_eko(server: LiveServer, plain: PlainServers, tab: Open) -> None:
    beside = plain.start("eko")
    for at in (server, beside):
        page = tab("eko", at)
        wait_open(page)
        write(page, "hej")
        wait_rows(page, "svar: hej")
        page.locator("#big").click()
        big = re.compile("^svar: xxx" if at is beside else r"^stängd \(kod 1009\)")
        expect(page.locator("li").filter(has_text=big)).to_have_count(1)
    beside.kill()
    expect(page.locator("li").filter(has_text="stängd (kod 1006)").first).to_be_visible()
    write(page, "borta")
    wait_shown(page, "inte skickat: borta")
    beside.start()
    wait_open(page)
    write(page, "igen")
    wait_last(page, "svar: igen")
    assert page.get_by_text("svar: borta").count() == 0


def test_broadcast(server: LiveServer, plain: PlainServers, tab: Open) -> None:
    beside = plain.start("broadcast")
    for at in (server, beside):
        with slow_client(at):
            one, other = tab("broadcast", at), tab("broadcast", at)
            wait_open(one, other)
            write(one, "hej")
            expect(other.get_by_text("hej", exact=True)).to_be_visible()
            # Not by the mouse, whose clicks must be quick: 6 MB are sent.
            one.evaluate("document.querySelector('#many').click()")
            last = other.get_by_text(re.compile("^stort 20 "))
            if at is server:
                expect(last).to_be_visible()
                continue
            # The server has received all, and waits for the one that does not read.
            # Not `wait_for_function`: the pages' policy forbids to evaluate strings again.
            wait_until(
                lambda one=one: one.evaluate("socket.bufferedAmount") == 0, 30, "all is sent"
            )
            wait_until(lambda: unsent(beside.port) > 0, 30, "a client that does not read")
            assert last.count() == 0
        expect(last).to_be_visible()


def unsent(port: int) -> int:
    """Return how many bytes wait for the clients of a port, by the system's own table."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    own = [row for row in rows if int(row[1].rpartition(":")[2], 16) == port]
    return sum(int(row[4].partition(":")[0], 16) for row in own)


def test_subprotokoll(
    start_server: StartServer, server: LiveServer, plain: PlainServers, tab: Open
) -> None:
    def choose(page: Page, protocol: str) -> None:
        page.locator("select").select_option(protocol)
        page.get_by_role("button", name="Anslut").click()

    beside = plain.start("subprotokoll")
    # With pings that fit a test.
    pinging = start_server("pinging", ping_interval=1, ping_timeout=4)
    try:
        for at, status in ((pinging, 400), (beside, 101)):
            one = tab("subprotokoll", at)
            choose(one, "echo-protocol")
            wait_state(one, "öppen: echo-protocol")
            write(one, "hej")
            wait_rows(one, "hej")
            choose(one, "soap")
            wait_state(one, "stängd (kod 1006)")
            client = NativeClient(at, "/ws", "soap")
            assert client.status == status
            client.abort()
            choose(one, "broadcast-protocol")
            wait_state(one, "öppen: broadcast-protocol")
            with slow_client(at):
                wait_last(one, "New client connected (2).")
                if at is pinging:
                    wait_last(one, "Client disconnected (1).")
                    continue
                # It is counted as long as the one above needed to be removed, and longer.
                choose(tab("subprotokoll", at), "broadcast-protocol")
                wait_last(one, "New client connected (3).")
    finally:
        pinging.kill()


def test_eget_protokoll(server: LiveServer, plain: PlainServers, tab: Open) -> None:
    beside = plain.start("eget-protokoll")
    for at in (server, beside):
        one, other = tab("eget-protokoll", at), tab("eget-protokoll", at)
        wait_open(one, other)
        write(one, "eget: hej", nick="eva")
        wait_shown(other, "eva: eget: hej")
        toggle(other)
        wait_state(other, re.compile("^stängd"))
        write(one, "eget: borta?")
        wait_shown(one, "eva: eget: borta?")
        toggle(other)
        wait_open(other)
        write(other, "eget: nu", nick="egon")
        wait_shown(other, "egon: eget: nu")
        missed = other.get_by_text("eva: eget: borta?")
        assert missed.count() == (at is server)
        other.reload()
        wait_open(other)
        write(other, "eget: igen", nick="egon")
        wait_shown(other, "egon: eget: igen")
        assert missed.count() == (at is server)
    other.evaluate("socket.send('{}')")
    wait_shown(other, 'Skicka {"text": "…"}.')


def test_socketio_chatt(server: LiveServer, plain: PlainServers, tab: Open) -> None:
    beside = plain.start("socketio-chatt")
    for at in (server, beside):
        one, other = tab("socketio-chatt", at), tab("socketio-chatt", at)
        wait_open(one, other)
        write(one, "sio: hej", nick="anna")
        wait_last(other, "anna: sio: hej")
        toggle(other)
        write(one, "sio: borta?")
        wait_last(one, "anna: sio: borta?")
        toggle(other)
        wait_last(other, "anna: sio: borta?")
        one.reload()
        wait_last(one, "anna: sio: borta?")
    beside.kill()
    wait_state(other, re.compile("^stängd"))
    beside.start()
    wait_open(other)
    # What was said is gone, before the eyes of those who have read it.
    wait_rows(other)
    write(other, "sio: ensam")
    wait_rows(other, "gäst: sio: ensam")


def test_kundtjanst(server: LiveServer, plain: PlainServers, tab: Open) -> None:
    beside = plain.start("kundtjanst")
    for at in (server, beside):
        customer, staff = tab("kundtjanst", at, namn="Kund"), tab("kundtjanst", at, namn="Lagret")
        wait_open(customer, staff)
        expect(customer.locator("#members")).to_have_text(re.compile("Kund.*Lagret|Lagret.*Kund"))
        staff.locator("[name=text]").fill("vänta")
        expect(customer.locator("#typing")).to_have_text("Lagret skriver …")
        write(customer, "Finns det skruv?")
        wait_rows(staff, "Kund: Finns det skruv?")
        staff.reload()
        wait_open(staff)
        write(staff, "Vad var frågan?")
        asked = ["Kund: Finns det skruv?"] if at is server else []
        wait_rows(staff, *asked, "Lagret: Vad var frågan?")
        third = tab("kundtjanst", at, namn="Kund")
        wait_state(third, re.compile("^nekad: " if at is server else "^öppen"))
    beside.kill()
    wait_state(customer, re.compile("^stängd"))
    beside.start()
    wait_open(customer)
    wait_rows(customer)


def test_historik(server: LiveServer, plain: PlainServers, tab: Open, tmp_path: Path) -> None:
    database = tmp_path / "historik.sqlite"
    beside = plain.start("historik", DATABASE=str(database))

    def texts(page: Page, text: str) -> int:
        return page.locator(".kept").filter(has_text=text).count()

    # Killed between showing and storing.
    for at, file in ((server, server.database), (beside, database)):
        one, other = tab("historik", at), tab("historik", at)
        wait_open(one, other)
        write(one, "hist: sparat")
        expect(other.get_by_text("hist: sparat")).to_be_visible()
        with locked(file):
            write(one, "hist: nyss")
            expect(one.locator(".waiting")).to_have_text("hist: nyss (väntar)")
            if at is beside:
                expect(other.locator(".kept", has_text="hist: nyss")).to_be_visible()
            assert texts(other, "hist: nyss") == (at is beside)
            at.kill()
        if at is beside:
            for page in (one, other):
                page.close()
        at.start()
        seen = tab("historik", at)
        wait_open(seen)
        if at is server:
            # Its author sends it again.
            expect(seen.locator(".kept", has_text="hist: nyss")).to_be_visible()
        expect(seen.locator(".kept", has_text="hist: sparat")).to_be_visible()
        assert texts(seen, "hist: nyss") == (at is server)
    # Sent again, because the answer was lost.
    for at, file, times in ((server, server.database, 1), (beside, database, 2)):
        one = tab("historik", at)
        wait_open(one)
        with locked(file):
            write(one, "hist: två gånger?")
            expect(one.locator(".waiting")).to_have_count(1)
            toggle(one)
            wait_state(one, "stängd")
            toggle(one)
            if at is beside:
                wait_open(one)
        wait_open(one)
        expect(one.locator(".waiting")).to_have_count(0)

        def stored(at: HttpClient = at) -> int:
            if at is server:
                said = [
                    message["text"] for message in server.get(f"{LOBBY}?limit=200").json["data"]
                ]
            else:
                with closing(sqlite3.connect(database, timeout=30)) as read:
                    said = [text for (text,) in read.execute("SELECT text FROM said")]
            return said.count("hist: två gånger?")

        wait_until(lambda stored=stored, times=times: stored() == times, 30, "both answers")
    for number in range(70):
        server.post(LOBBY, {"nick": "kim", "text": f"hist: {number}"})
    page = tab("historik", server)
    wait_open(page)
    expect(page.locator(".kept")).to_have_count(50)
    page.locator("#older").click()
    expect(page.locator(".kept")).to_have_count(70)


def test_me_sidan(server: LiveServer, plain: PlainServers, tab: Open) -> None:
    beside = plain.start("me-sidan")
    for at in (server, beside):
        one, other = tab("me-sidan", at), tab("me-sidan", at)
        wait_open(one, other)
        write(one, "me: hej", nick="mia")
        wait_last(other, "mia: me: hej")
        toggle(other)
        wait_state(other, "frånkopplad")
        write(one, "me: borta?")
        wait_last(one, "mia: me: borta?")
        toggle(other)
        wait_open(other)
        write(one, "me: nu")
        wait_last(other, "mia: me: nu")
        assert other.get_by_text("mia: me: borta?").count() == (at is server)
        other.reload()
        wait_last(other, "mia: me: nu")
        assert other.get_by_text("mia: me: borta?").count() == 1
    beside.kill()
    wait_state(one, "borta")
    beside.start()
    one.reload()
    wait_open(one)
    wait_rows(one)


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
    save(anna, "Alvas igen")
    wait_state(anna, "fel: Logga in först.")
    wait_rows(anna)
    enter(anna, "alva", "Logga in")
    wait_state(anna, "fel: Fel e-post eller lösenord.")


def test_tva_delar(server: LiveServer, plain: PlainServers, tab: Open) -> None:
    def wait_parts(page: Page, state: str) -> None:
        for part in ("chat", "reports"):
            expect(page.locator(f"#{part}-state")).to_have_text(state)

    def save(at: HttpClient, title: str, token: str) -> None:
        form = {"week": "18", "title": title, "text": "hej"}
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
        write(one, "två: nu")
        expect(other.locator("#messages")).to_contain_text("två: nu")
        assert ("två: borta?" in other.locator("#messages").inner_text()) == (at is server)
        assert ("Vecka 18: Borta" in other.locator("#reports").inner_text()) == (at is server)
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
