"""Who a session in a room is, and what ends it."""

import asyncio

import pytest

from terminal.chat.updates import Received
from terminal.credentials import Credentials, Login
from terminal.failures import Refused, Unreachable
from terminal.server import Server
from tests.conftest import MakeServer
from tests.support.accounts import create_user, log_in, owner_token
from tests.support.app import PASSWORD
from tests.support.server import LiveServer
from tests.support.wait import free_port
from tests.terminal.lobby import stored
from tests.terminal.running import Monitor, Room, until


def test_a_user_posts_under_their_own_nick(server: LiveServer) -> None:
    create_user(server, "mia")

    async def run() -> None:
        async with Room(server.url, nick=None, token=log_in(server, "mia")).running() as room:
            room.session.post("as myself")
            await until(lambda: room.texts == ["as myself"])
            message = room.seen(Received)[0].message
            assert (message["nick"], message["verified"]) == ("mia", True)

    asyncio.run(run())


def test_a_nick_of_somebody_else_is_a_failure(server: LiveServer) -> None:
    create_user(server, "mia")

    async def run() -> None:
        async with Room(server.url, nick="mia").running() as room:
            await until(lambda: room.failure)
            assert isinstance(room.failure, Refused)
            assert "registered" in str(room.failure)

    asyncio.run(run())


def test_a_room_or_a_server_that_is_not_there_is_a_failure(server: LiveServer) -> None:
    async def run() -> None:
        room = Room(server.url)
        room.session.room = "no such room"
        async with room.server:
            with pytest.raises(Refused):
                await room.session.start()
        nowhere = Room(f"http://127.0.0.1:{free_port()}")
        async with nowhere.server:
            with pytest.raises(Unreachable):
                await nowhere.session.start()

    asyncio.run(run())


def test_a_room_that_is_closed_to_guests_ends_a_guests_session(server: LiveServer) -> None:
    owner = owner_token(server)
    create_user(server, "mia")

    async def run() -> None:
        member = Room(server.url, nick=None, token=log_in(server, "mia"))
        async with Room(server.url).running() as guest, member.running():
            await until(lambda: guest.live and member.live)
            path = "/chat/rooms/lobby"
            assert server.request("PATCH", path, {"guests": "none"}, token=owner).status == 200
            await until(lambda: guest.failure)
            assert isinstance(guest.failure, Refused)
            assert guest.failure.code == "members_only"
            member.session.post("still here")
            await until(lambda: member.texts == ["still here"])

    asyncio.run(run())


def test_an_account_that_is_disabled_ends_its_session(server: LiveServer) -> None:
    owner = owner_token(server)
    create_user(server, "mia")
    users = server.get("/users", token=owner).json["data"]
    (number,) = [user["id"] for user in users if user["nick"] == "mia"]

    async def run() -> None:
        async with Room(server.url, nick=None, token=log_in(server, "mia")).running() as room:
            await until(lambda: room.live)
            changed = server.request("PATCH", f"/users/{number}", {"disabled": True}, token=owner)
            assert changed.status == 200, changed.json
            room.session.post("too late")
            await until(lambda: room.failure or room.session.outbox.refused)
            assert stored(server) == []

    asyncio.run(run())


def test_a_token_that_expires_is_replaced_where_the_password_is_known(
    make_server: MakeServer,
) -> None:
    server = make_server(token_hours=2 / 3600)
    create_user(server, "mos", "--owner")
    login = Login("mos@example.com", PASSWORD)

    async def run() -> None:
        room = Room(server.url, nick=None, login=login)
        monitor = Monitor(server.url, "")
        monitor.server.credentials = Credentials(login=login)
        await asyncio.gather(*map(log_in_first, (room.server, monitor.server)))
        async with room.running(), monitor.running():
            await until(lambda: room.live)
            first = room.server.credentials.token
            for text in ("one", "two"):
                room.session.post(text)
                await until(lambda text=text: text in room.texts)
                await until(lambda text=text: text in monitor.texts)
                await until(lambda: server.get("/account", token=first).status == 401)
            assert room.server.credentials.token != first
            assert room.session.outbox.refused == []
            assert (room.failure, monitor.failure) == (None, None)

    asyncio.run(run())
    assert stored(server) == ["one", "two"]


async def log_in_first(server: Server) -> None:
    async with server:
        await server.log_in()
