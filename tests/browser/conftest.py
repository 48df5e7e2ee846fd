"""A real browser, and visitors whose pages must be without fault."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.visitors import ARGUMENTS, CHROMIUM, TIMEOUT, Visitor
from tests.conftest import MakeServer
from tests.support.server import ROOT, LiveServer

Visit = Callable[..., Visitor]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium once, for the tests of one folder only."""
    assert CHROMIUM.exists(), f"{CHROMIUM} is missing: run make test, which installs it"
    built = ROOT / "me_api" / "static" / "index.html"
    assert built.exists(), f"{built} is missing: run make page, which builds it"
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def server(make_server: MakeServer) -> Iterator[LiveServer]:
    """Give a server of one's own; it is killed, since others test how it ends."""
    made = make_server(measured=False)
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
