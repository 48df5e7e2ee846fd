"""The monitor's feed: numbers, rooms and changes, over restarts of the server."""

import asyncio

import pytest

from terminal import address
from terminal.credentials import Credentials, Login
from terminal.failures import NotServed, Refused
from terminal.monitor.feed import Changed, Measured, MonitorFeed, RoomsRead
from terminal.monitor.figures import figures
from terminal.monitor.numbers import Numbers
from terminal.server import Server
from tests.support.accounts import create_user, log_in
from tests.support.app import PASSWORD
from tests.support.server import LiveServer
from tests.terminal.running import Monitor, until


def say(server: LiveServer, text: str) -> None:
    server.post("/chat/rooms/lobby/messages", {"nick": "eva", "text": text})


def test_it_brings_numbers_rooms_and_every_change(site: LiveServer, token: str) -> None:
    async def run() -> None:
        async with Monitor(site.url, token).running() as monitor:
            await until(lambda: None in monitor.problems("changes"))
            say(site, "hej")
            report = {"week": 1, "title": "a report", "text": "x"}
            assert site.post("/reports", report, token=token).status == 201
            await until(lambda: len(monitor.seen(Changed)) == 2)
            message, saved = monitor.seen(Changed)
            assert (message.kind, message.body["text"]) == ("message", "hej")
            assert (saved.kind, saved.body["title"]) == ("report", "a report")
            rooms = await until(lambda: monitor.seen(RoomsRead))
            assert "lobby" in [room["name"] for room in rooms[0].rooms]
            await until(lambda: len(monitor.seen(Measured)) > 3)
            numbers = Numbers()
            for second, measured in enumerate(monitor.seen(Measured)):
                numbers.add(measured.state, second)
            now = figures(numbers)
            assert now.connections["streams"] == 1
            assert now.connections["Socket.IO /chat"] == 0
            assert now.memory is not None and now.memory > 1e6
            assert None not in (now.messages_per_second, now.processor, now.queued_changes)
            assert "slow clients" in now.errors

    asyncio.run(run())


def test_it_reconnects_by_itself_and_misses_no_change(site: LiveServer, token: str) -> None:
    async def run() -> None:
        async with Monitor(site.url, token).running() as monitor:
            await until(lambda: None in monitor.problems("changes"))
            say(site, "one")
            await until(lambda: monitor.texts == ["one"])
            site.kill()
            await until(lambda: all(map(monitor.problems, ("numbers", "changes"))))
            await until(lambda: monitor.problems("numbers")[-1] is not None)
            await asyncio.to_thread(site.start)
            say(site, "two")
            await until(lambda: monitor.texts == ["one", "two"])
            await until(lambda: monitor.problems("numbers")[-1] is None)
            assert monitor.problems("changes")[-1] is None
            assert monitor.failure is None

    asyncio.run(run())


def test_only_owners_are_sent_it(site: LiveServer) -> None:
    create_user(site, "mia")

    async def run() -> None:
        for token, code in ((log_in(site, "mia"), "forbidden"), ("nonsense", "bad_token")):
            monitor = Monitor(site.url, token)
            async with monitor.server:
                with pytest.raises(Refused) as refused:
                    await monitor.feed.start()
                assert refused.value.code == code

    asyncio.run(run())


def test_it_ends_when_the_owner_is_none_any_more(site: LiveServer) -> None:
    create_user(site, "eve", "--owner")

    async def run() -> None:
        async with Monitor(site.url, log_in(site, "eve")).running() as monitor:
            await until(lambda: monitor.seen(Measured))
            await asyncio.to_thread(
                site.query, "UPDATE users SET role = 'member' WHERE nick = 'eve'"
            )
            await until(lambda: monitor.failure)
            assert "owner" in str(monitor.failure)

    asyncio.run(run())


def test_an_expired_token_is_replaced_where_the_password_is_known(site: LiveServer) -> None:
    create_user(site, "ida", "--owner")

    async def run() -> None:
        credentials = Credentials(login=Login("ida@example.com", PASSWORD))
        async with Server(address.parse(site.url), credentials) as server:
            user = await server.log_in()
            assert user["role"] == "owner"
            first = credentials.token
            refused = Refused(401, {"errors": [{"code": "expired_token", "detail": "expired"}]})
            assert await server.renew(refused)
            assert credentials.token and first
            await MonitorFeed(server).start()
            credentials.login = None
            assert not await server.renew(refused)

    asyncio.run(run())


def test_what_is_no_me_api_is_said_to_be_none(site: LiveServer, token: str) -> None:
    async def run() -> None:
        async with Server(f"{site.url}/ws/", Credentials(token)) as server:
            with pytest.raises((NotServed, Refused)):
                await MonitorFeed(server).start()

    asyncio.run(run())
