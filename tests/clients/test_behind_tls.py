"""docs/clients.md behind the real nginx and Caddy with TLS: every program as it stands there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.conftest import Start
from tests.clients.test_clients import KINDS, check, talk
from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.tls_site import SITES, TlsSite


@pytest.fixture
def behind(make_server: MakeServer) -> LiveServer:
    return make_server(trusted_proxies=1)


@pytest.fixture(params=SITES)
def server(
    behind: LiveServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[TlsSite]:
    """Start a proxy before the server; the programs of this test trust its certificate."""
    folder = tmp_path / "proxy"
    folder.mkdir()
    with SITES[request.param](behind, folder) as site:
        for name, value in site.client_environment.items():
            monkeypatch.setenv(name, value)
        yield site


def test_all_programs_talk_over_tls_and_after_a_restart(
    behind: LiveServer, server: LiveServer, start: Start
) -> None:
    chatters = [start(kind, f"one-with-{kind}") for kind in KINDS]
    sent = talk(chatters, "hej")
    behind.restart(kill=True)
    sent += talk(chatters, "again")
    check(server, chatters, sent)


def test_the_course_s_client(server: LiveServer, start: Start) -> None:
    chatters = [start("javascript", "doe"), start("js", "roe")]
    check(server, chatters, talk(chatters, "hej"))
