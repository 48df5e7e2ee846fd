"""The programs through deploy/nginx-tls.conf on the real nginx."""

import asyncio
from collections.abc import Iterator

import pytest

from terminal.failures import NotServed
from tests.support.server import LiveServer
from tests.support.tls_site import TlsSite, tls_site
from tests.terminal.running import Monitor, Room, until


@pytest.fixture(scope="module")
def behind_nginx(site: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsSite]:
    with tls_site(site, tmp_path_factory.mktemp("nginx-tls")) as made:
        yield made


@pytest.fixture
def trusted(behind_nginx: TlsSite, monkeypatch: pytest.MonkeyPatch) -> TlsSite:
    """Return the site, whose certificate the system trusts during the test."""
    monkeypatch.setenv("SSL_CERT_FILE", str(behind_nginx.tls.certificate))
    return behind_nginx


def test_the_chat_misses_nothing_over_tls(trusted: TlsSite, site: LiveServer) -> None:
    async def run() -> None:
        async with Room(trusted.url).running() as room:
            room.session.post("over TLS")
            await until(lambda: room.texts == ["over TLS"])
            site.kill()
            await until(lambda: not room.live)
            room.session.post("while only nginx is there")
            await asyncio.to_thread(site.start)
            await until(lambda: room.texts == ["over TLS", "while only nginx is there"])

    asyncio.run(run())


def test_the_monitor_follows_over_tls(trusted: TlsSite, site: LiveServer, token: str) -> None:
    async def run() -> None:
        async with Monitor(trusted.url, token).running() as monitor:
            await until(lambda: None in monitor.problems("changes"))
            site.kill()
            await until(lambda: monitor.problems("numbers")[-1:] not in ([], [None]))
            await asyncio.to_thread(site.start)
            await until(lambda: monitor.problems("numbers")[-1] is None)
            await until(lambda: monitor.problems("changes")[-1] is None)
            site.post("/chat/rooms/lobby/messages", {"nick": "eva", "text": "seen over TLS"})
            await until(lambda: monitor.texts == ["seen over TLS"])

    asyncio.run(run())


def test_a_certificate_that_is_not_trusted_is_refused(behind_nginx: TlsSite) -> None:
    async def run() -> None:
        room = Room(behind_nginx.url)
        async with room.server:
            with pytest.raises(NotServed, match="certificate is not valid"):
                await room.session.start()

    asyncio.run(run())


def test_a_redirect_is_not_followed_with_a_token(trusted: TlsSite, token: str) -> None:
    async def run() -> None:
        monitor = Monitor(f"http://127.0.0.1:{trusted.tls.plain_port}", token)
        async with monitor.server:
            with pytest.raises(NotServed, match=r"redirects to https://127.0.0.1/monitor"):
                await monitor.feed.start()

    asyncio.run(run())
