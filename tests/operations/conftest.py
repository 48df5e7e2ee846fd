"""These tests run the application in this process, but for those of the access log."""

from collections.abc import Iterator

import pytest

from tests.chat.clients import make_token
from tests.conftest import StartServer
from tests.support.fixtures import anybody, app, make_person, template
from tests.support.server import LiveServer

__all__ = ["anybody", "app", "make_person", "template"]


@pytest.fixture(scope="package")
def behind_proxies(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server behind two proxies, which logs as JSON."""
    made = start_server("access", access_log="json", trusted_proxies=2, log_level="info")
    yield made
    made.stop()


@pytest.fixture(scope="package")
def token(behind_proxies: LiveServer) -> str:
    """Return the token of a registered user."""
    return make_token(behind_proxies, "doe", "member")
