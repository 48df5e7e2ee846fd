"""The chats of docs/kurs in a browser, on this server and plain ones.

Each test does what its page tells the reader to try, and sees the loss that the page claims.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.lessons.pages import (
    Open,
    toggle,
    wait_last,
    wait_open,
    wait_rows,
    wait_state,
    write,
)
from tests.browser.passing import passing
from tests.lessons.plain_servers import PlainServers
from tests.support.http import HttpClient
from tests.support.server import LiveServer
from tests.support.wait import wait_until

LOBBY = "/chat/rooms/lobby/messages"


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold the lock of a database, as the page shows it."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


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
        with passing(customer, "#typing", "Lagret skriver …"):
            staff.locator("[name=text]").fill("vänta")
        write(customer, "Finns det skruv?")
        wait_rows(staff, "Kund: Finns det skruv?")
        staff.reload()
        wait_open(staff)
        write(staff, "Vad var frågan?")
        asked = ["Kund: Finns det skruv?"] if at is server else []
        wait_rows(staff, *asked, "Lagret: Vad var frågan?")
        staff.locator("#many").click()
        expect(customer.get_by_text("Lagret: nummer 25", exact=True)).to_be_visible()
        if at is server:
            refused = re.compile(r"^inte skickat: nummer \d+ \(")
            expect(staff.locator("li").filter(has_text=refused).first).to_be_visible()
        else:
            expect(customer.get_by_text("Lagret: nummer 100", exact=True)).to_be_visible()
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

        wait_until(lambda stored=stored, times=times: stored() == times, what="both answers")
    for number in range(70):
        # Of several people: one may post 30 at once.
        server.post(LOBBY, {"nick": f"kim{number % 7}", "text": f"hist: {number}"})
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
        missed = other.get_by_text("mia: me: borta?")
        expect(missed).to_have_count(int(at is server))
        other.reload()
        wait_last(other, "mia: me: nu")
        expect(missed).to_have_count(1)
    beside.kill()
    wait_state(one, "borta")
    write(one, "me: borta")
    wait_last(one, "inget svar: det kom nog inte fram")
    expect(one.locator("[name=text]")).to_have_value("me: borta")
    beside.start()
    one.reload()
    wait_open(one)
    wait_rows(one)
