"""Echo, broadcast and two protocols of docs/kurs in a browser, on this server and plain ones.

Each test does what its page tells the reader to try, and sees the loss that the page claims.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.lessons.pages import (
    Open,
    toggle,
    wait_last,
    wait_open,
    wait_rows,
    wait_shown,
    wait_state,
    write,
)
from tests.conftest import StartServer
from tests.lessons.plain_servers import EXAMPLES, PlainServers
from tests.support.http import HttpClient
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until


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
        process.communicate("\n", timeout=WAIT_SECONDS)
        assert process.returncode == 0


def wait_member(page: Page, at: HttpClient, path: str) -> None:
    """Wait until a page is sent what others broadcast, as it shows; it sees another client leave.

    A plain server adds a client after the handshake: what is sent in between misses it.
    """
    other = NativeClient(at, path, "broadcast-protocol")
    assert other.status == 101

    def is_shown() -> bool:
        other.send("är du med?")
        return page.get_by_text("är du med?", exact=True).count() > 0

    wait_until(is_shown, what="the page being a member")
    other.abort()
    expect(page.get_by_text(re.compile(r"^Client disconnected \(\d+\)\.$"))).to_have_count(1)


def unsent(port: int) -> int:
    """Return how many bytes wait for the clients of a port, by the system's own table."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    own = [row for row in rows if int(row[1].rpartition(":")[2], 16) == port]
    return sum(int(row[4].partition(":")[0], 16) for row in own)


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
    leaving = tab("eko", beside)
    wait_open(leaving)
    leaving.close()
    wait_until(lambda: "Klient 2 har gått (kod 1001)." in beside.output, what="the browser's code")
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
            wait_member(other, at, "/ws/broadcast")
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
                lambda one=one: one.evaluate("socket.bufferedAmount") == 0, what="all is sent"
            )
            wait_until(lambda: unsent(beside.port) > 0, what="a client that does not read")
            assert last.count() == 0
        expect(last).to_be_visible()


def test_subprotokoll(
    start_server: StartServer, server: LiveServer, plain: PlainServers, tab: Open
) -> None:
    def choose(page: Page, protocol: str) -> None:
        page.locator("select").select_option(protocol)
        page.get_by_role("button", name="Anslut").click()

    beside = plain.start("subprotokoll")
    # With pings that fit a test.
    pinging = start_server("pinging", ping_interval=1, ping_timeout=10)
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
            wait_member(one, at, "/ws")
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
        # Only a member is sent its own: a plain server adds it after the handshake.
        write(other, "eget: med", nick="egon")
        wait_shown(other, "egon: eget: med")
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
        expect(missed).to_have_count(int(at is server))
        other.reload()
        wait_open(other)
        write(other, "eget: igen", nick="egon")
        wait_shown(other, "egon: eget: igen")
        expect(missed).to_have_count(int(at is server))
    other.evaluate("socket.send('{}')")
    wait_shown(other, 'Skicka {"text": "…"}.')
