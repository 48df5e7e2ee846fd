"""A real browser, and visitors whose pages must be without fault."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.browsers import TIMEOUT, Visitor, launch
from tests.conftest import MakeServer
from tests.support.server import ROOT, LiveServer

Visit = Callable[..., Visitor]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start the browser once, for the tests of this folder only."""
    built = ROOT / "me_api" / "static" / "index.html"
    assert built.exists(), f"{built} is missing: run make page, which builds it"
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture
def server(make_server: MakeServer) -> Iterator[LiveServer]:
    """Start a server for this test only; it is killed, since other tests cover its shutdown."""
    # It is shown with a fault: which requests were refused, after which others.
    made = make_server(access_log="json")
    yield made
    made.kill()


@pytest.fixture
def visit(browser: Browser, server: LiveServer) -> Iterator[Visit]:
    """Open visitors' pages; the test fails if any of them has a fault.

    Faults are: an error or warning in the console, an exception, something that the policy refused,
    a request to another host.
    """
    faults: list[str] = []

    def make(where: str = "#/", *, url: str | None = None, **options: Any) -> Visitor:
        visitor = Visitor(browser, url or server.url, **options)
        visitors.callback(lambda: faults.extend(visitor.leave()))
        return visitor.go(where)

    # Each leaves, also if another one cannot.
    with ExitStack() as visitors:
        yield make
    assert not faults
