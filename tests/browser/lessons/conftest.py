"""One server and one browser for the examples of docs/kurs."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.browsers import TIMEOUT
from tests.browser.lessons.pages import Open
from tests.conftest import StartServer
from tests.lessons.plain_servers import PlainServers
from tests.support.http import HttpClient
from tests.support.server import LiveServer


@pytest.fixture(scope="package")
def server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start one server for all lessons, with the limits that its readers have."""
    made = start_server("lessons", rate_limits="on")
    yield made
    made.kill()


@pytest.fixture(scope="package")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainServers]:
    """Start the process that forks the plain servers."""
    made = PlainServers(tmp_path_factory.mktemp("plain"))
    yield made
    made.close()


@pytest.fixture(scope="package")
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
