"""A real browser, and visitors whose pages must be without fault."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.visitors import ARGUMENTS, CHROMIUM, TIMEOUT, Visitor
from tests.conftest import SERVERS
from tests.support.server import ROOT, LiveServer

Visit = Callable[..., Visitor]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium once, for the tests of this folder only."""
    assert CHROMIUM.exists(), f"{CHROMIUM} is missing: run make test, which installs it"
    built = ROOT / "me_api" / "static" / "index.html"
    assert built.exists(), f"{built} is missing: run make page, which builds it"
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


class Garage:
    """Has the next server warm up while a test drives the one before it."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._next = self._make()

    def take(self) -> LiveServer:
        """Give a fresh server that is ready."""
        taken, self._next = self._next, self._make()
        return taken.wait_ready()

    def close(self) -> None:
        """End the one that nobody took."""
        self._next.kill()

    def _make(self) -> LiveServer:
        made = LiveServer(self._folders.mktemp("server"))
        made.spawn()
        return made


@pytest.fixture(scope="package")
def garage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    """Keep one server ahead."""
    made = Garage(tmp_path_factory)
    yield made
    made.close()


@pytest.fixture
def server(garage: Garage, request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    """Give a server of one's own; it is killed, since others test how it ends."""
    made = garage.take()
    request.node.stash.setdefault(SERVERS, []).append(made)
    yield made
    made.kill()


@pytest.fixture
def visit(browser: Browser, server: LiveServer) -> Iterator[Visit]:
    """Let people visit the page; whoever meets a fault fails the test.

    Faults are: an error or warning in the console, an exception, something that the policy refused,
    a request to another host.
    """
    visitors: list[Visitor] = []

    def make(where: str = "#/", *, url: str | None = None, **options: Any) -> Visitor:
        visitors.append(Visitor(browser, url or server.url, where, **options))
        return visitors[-1]

    yield make
    faults = [fault for visitor in visitors for fault in visitor.leave()]
    assert not faults
