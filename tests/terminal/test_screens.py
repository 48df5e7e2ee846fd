"""The screens, driven by Textual's Pilot, against a server that is killed and started again."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, RichLog, Static

from terminal import address
from terminal.chat.app import ChatApp
from terminal.chat.session import RoomSession
from terminal.chat.widgets import MessageLine, PendingLines
from terminal.credentials import Credentials
from terminal.failures import Failure, Refused
from terminal.monitor.app import MonitorApp
from terminal.monitor.feed import MonitorFeed
from terminal.monitor.widgets import Table
from terminal.server import Server
from tests.support.accounts import create_user, log_in
from tests.support.server import LiveServer
from tests.terminal.running import SECRET, until

SIZE = (120, 40)


def say(server: LiveServer, text: str) -> int:
    message = server.post("/chat/rooms/lobby/messages", {"nick": "eva", "text": text}).json["data"]
    number: int = message["id"]
    return number


@asynccontextmanager
async def monitoring(
    server: LiveServer, token: str
) -> AsyncIterator[tuple[MonitorApp, Pilot[None]]]:
    """Show the monitor's screen of a server."""
    async with Server(address.parse(server.url), Credentials(token)) as client:
        feed = MonitorFeed(client, 0.2)
        await feed.start()
        app = MonitorApp(server.url, feed)
        async with app.run_test(size=SIZE) as pilot:
            yield app, pilot


@asynccontextmanager
async def chatting(server: LiveServer, **given: Any) -> AsyncIterator[tuple[ChatApp, Pilot[None]]]:
    """Show the chat's screen of a server."""
    async with Server(address.parse(server.url), Credentials(guest=SECRET)) as client:
        session = RoomSession(client, "lobby", given.pop("nick", "doe"))
        await session.start()
        app = ChatApp(server.url, session, **given)
        async with app.run_test(size=SIZE) as pilot:
            yield app, pilot


def status(app: MonitorApp | ChatApp) -> str:
    return str(app.query_one("#status", Static).visual)


def cells(app: MonitorApp, name: str) -> list[list[str]]:
    table = app.query_one(f"#{name}", Table)
    return [[str(cell) for cell in table.get_row_at(row)] for row in range(table.row_count)]


def screen(app: MonitorApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def lines(app: MonitorApp, name: str) -> str:
    return "\n".join(strip.text for strip in app.query_one(f"#{name}", RichLog).lines)


def shown(app: ChatApp) -> list[str]:
    return [str(line.visual) for line in app.query(MessageLine)]


def pending(app: ChatApp) -> str:
    return str(app.query_one(PendingLines).visual)


def test_the_monitor_shows_the_server_and_reconnects(site: LiveServer, token: str) -> None:
    async def run() -> None:
        async with monitoring(site, token) as (app, pilot):
            await until(lambda: "connected" in status(app))
            say(site, "hej [red]på[/red] dig")
            await until(lambda: "eva: hej [red]på[/red] dig" in lines(app, "changes"))
            await until(lambda: ["1", "streams"] in cells(app, "connections"))
            await until(lambda: [row for row in cells(app, "rooms") if row[3] == "lobby"])
            await pilot.press("p")
            say(site, "while paused")
            await until(lambda: [row for row in cells(app, "rooms") if row[0] == "2"])
            assert "while paused" not in lines(app, "changes")
            await pilot.press("p")
            site.kill()
            await until(lambda: "cannot be reached" in status(app))
            assert app.query_one("#status").has_class("away")
            await asyncio.to_thread(site.start)
            await until(lambda: "connected" in status(app))
            say(site, "after the restart")
            await until(lambda: "after the restart" in lines(app, "changes"))
            await pilot.resize_terminal(80, 24)
            # The numbers are what a narrow screen shows, not the ends of their names.
            await until(lambda: re.search(r"│ +0  /chat", screen(app)))
            await pilot.press("q")
        assert app.failure is None
        assert app.return_code == 0

    asyncio.run(run())


def test_the_monitor_ends_when_its_user_is_no_owner_any_more(site: LiveServer) -> None:
    create_user(site, "eve", "--owner")

    async def run() -> None:
        async with monitoring(site, log_in(site, "eve")) as (app, _):
            await until(lambda: "connected" in status(app))
            await asyncio.to_thread(
                site.query, "UPDATE users SET role = 'member' WHERE nick = 'eve'"
            )
            await until(lambda: app.failure)
        assert app.return_code == Refused.exit_code

    asyncio.run(run())


def test_the_chat_posts_and_shows_what_waits_while_the_server_is_away(site: LiveServer) -> None:
    async def run() -> None:
        async with chatting(site) as (app, pilot):
            await until(lambda: "connected" in status(app))
            await pilot.press(*"hej", "enter")
            await until(lambda: any(line.endswith("doe  hej") for line in shown(app)))
            number = say(site, "to be edited")
            await until(lambda: shown(app)[-1].endswith("eva  to be edited"))
            site.request(
                "DELETE", f"/chat/rooms/lobby/messages/{number}", token=log_in(site, "mos")
            )
            await until(lambda: shown(app)[-1].endswith("eva  deleted"))
            site.kill()
            await until(lambda: "reconnecting in" in status(app))
            await pilot.press(*"[b]", "enter")
            await until(lambda: "… [b]" in pending(app))
            await asyncio.to_thread(site.start)
            await until(lambda: any(line.endswith("doe  [b]") for line in shown(app)))
            await until(lambda: pending(app) == "")
            assert "Connected again; nothing was missed." in shown(app)
            app.query_one(Input).value = "/nope"
            await pilot.press("enter")
            await until(lambda: "no command /nope" in pending(app))
            await pilot.press("escape")
            await until(lambda: pending(app) == "")
            await pilot.press("ctrl+q")
        assert app.failure is None

    asyncio.run(run())


def test_the_chat_reads_older_messages_above(site: LiveServer) -> None:
    for count in range(70):
        say(site, f"older {count}")

    async def run() -> None:
        async with chatting(site) as (app, pilot):
            await until(lambda: shown(app) and shown(app)[-1].endswith("older 69"))
            assert not any(line.endswith("older 5") for line in shown(app))

            async def read_back() -> None:
                while not any(line.endswith("older 5") for line in shown(app)):
                    await pilot.press("pageup")

            await read_back()
            assert len(shown(app)) == len(set(shown(app)))
            await pilot.press("pagedown")

    asyncio.run(run())


def test_a_reader_cannot_write(site: LiveServer) -> None:
    async def run() -> None:
        async with chatting(site, nick=None, reads_only=True) as (app, _):
            await until(lambda: "connected" in status(app))
            say(site, "for readers")
            await until(lambda: shown(app)[-1].endswith("eva  for readers"))
            assert app.query_one(Input).disabled

    asyncio.run(run())


def test_the_chat_ends_with_the_reason_if_it_is_refused(site: LiveServer, token: str) -> None:
    async def run() -> Failure | None:
        async with chatting(site, nick="mos") as (app, _):
            await until(lambda: app.failure)
        assert app.return_code == Refused.exit_code
        return app.failure

    assert "registered" in str(asyncio.run(run()))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 60)])
def test_the_chat_fits_any_terminal(site: LiveServer, size: tuple[int, int]) -> None:
    async def run() -> None:
        async with chatting(site) as (app, pilot):
            await pilot.resize_terminal(*size)
            await until(lambda: app.query_one("#members").has_class("narrow") == (size[0] < 70))
            assert app.query_one(Input).region.bottom <= size[1]

    asyncio.run(run())
