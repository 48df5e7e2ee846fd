"""A session in a room: it misses nothing and posts nothing twice, whatever the server does."""

import asyncio
import re

import pytest

from terminal.chat.updates import Disconnected, MembersChanged, Notice, Received, Started
from terminal.credentials import Credentials, Login
from terminal.failures import Refused, Unreachable
from terminal.server import Server
from tests.conftest import MakeServer
from tests.support.accounts import create_user, log_in, owner_token
from tests.support.app import PASSWORD
from tests.support.proxy import Proxy
from tests.support.server import LiveServer
from tests.support.wait import free_port
from tests.terminal.running import SECRET, Monitor, Room, background, until


def say(server: LiveServer, text: str, nick: str = "eva") -> int:
    reply = server.post("/chat/rooms/lobby/messages", {"nick": nick, "text": text})
    assert reply.status == 201
    number: int = reply.json["data"]["id"]
    return number


def stored(server: LiveServer) -> list[str]:
    page = server.get("/chat/rooms/lobby/messages?limit=200").json["data"]
    return [message["text"] for message in page]


async def start_again(server: LiveServer) -> None:
    await asyncio.to_thread(server.start)


def test_it_shows_a_page_and_what_comes_then(server: LiveServer) -> None:
    async def run() -> None:
        say(server, "before")
        async with Room(server.url).running() as room:
            await until(lambda: room.live)
            number = say(server, "after")
            server.request("PATCH", f"/chat/rooms/lobby/messages/{number}", {"text": "no"})
            room.session.post("mine")
            await until(lambda: room.texts == ["before", "after", "mine"])
            await until(lambda: room.session.outbox.waiting == [])

    asyncio.run(run())
    assert stored(server) == ["before", "after", "mine"]


def test_it_misses_nothing_while_the_server_is_killed(server: LiveServer) -> None:
    async def run() -> None:
        async with Room(server.url).running() as room:
            for count in range(3):
                await until(lambda: room.live)
                say(server, f"before {count}")
                await until(lambda count=count: f"before {count}" in room.texts)
                server.kill()
                await until(lambda: not room.live)
                assert room.seen(Disconnected)[-1].problem
                await start_again(server)
                say(server, f"away {count}")
            await until(lambda: "away 2" in room.texts)
            assert room.texts == stored(server)
            assert len(room.texts) == 6
            assert len(room.seen(Started)) == 1

    asyncio.run(run())


def test_what_was_sent_but_not_stored_is_posted_once(make_server: MakeServer) -> None:
    server = make_server(entry="held_commits")
    hold = server.folder / "hold"

    async def run() -> None:
        async with Room(server.url).running() as room:
            await until(lambda: room.live)
            hold.touch()
            for text in ("one", "two", "three"):
                room.session.post(text)
            await until(lambda: room.session.outbox.waiting[0].sent)
            server.kill()
            hold.unlink()
            await until(lambda: not room.live)
            room.session.post("four")
            await start_again(server)
            await until(lambda: room.session.outbox.waiting == [])

    asyncio.run(run())
    assert stored(server) == ["one", "two", "three", "four"]


def test_what_was_stored_but_not_answered_is_not_posted_twice(make_server: MakeServer) -> None:
    server = make_server(entry="held_commits")
    hold = server.folder / "hold"

    def received() -> bool:
        return (
            re.search(rb"^me_api_commit_queue [1-9]", server.get("/metrics").body, re.M) is not None
        )

    async def run() -> None:
        with Proxy(server.port) as proxy:
            async with Room(proxy.url).running() as room:
                await until(lambda: room.live)
                hold.touch()
                room.session.post("once")
                await until(received)
                proxy.freeze()
                hold.unlink()
                await until(lambda: stored(server) == ["once"])
                assert room.session.outbox.waiting[0].sent
                proxy.cut()
                await until(lambda: room.session.outbox.waiting == [])
                assert room.texts == ["once"]

    asyncio.run(run())
    assert stored(server) == ["once"]


def test_a_command_is_not_sent_again_if_its_answer_was_lost(server: LiveServer) -> None:
    async def run() -> None:
        with Proxy(server.port) as proxy:
            async with Room(proxy.url).running() as room:
                await until(lambda: room.live)
                proxy.pause()
                room.session.post("/me waves")
                room.session.post("/help")
                room.session.post("after it")
                await until(lambda: room.session.outbox.waiting[0].sent)
                proxy.cut()
                proxy.resume()
                await until(lambda: room.session.outbox.waiting == [])
                (refused,) = room.session.outbox.refused
                assert refused.text == "/me waves"
                assert "may have been executed" in str(refused.problem)

    asyncio.run(run())
    assert stored(server) == ["after it"]


def test_refusals_and_results_of_commands_are_passed_on(server: LiveServer) -> None:
    async def run() -> None:
        async with Room(server.url).running() as room:
            for text in ("/nope", "x" * 5000, "//slash", "/nick dora", "fine"):
                room.session.post(text)
            await until(lambda: room.session.outbox.waiting == [])
            first, second = room.session.outbox.refused
            assert (first.text, second.text) == ("/nope", "x" * 5000)
            assert "no command /nope" in str(first.problem)
            assert room.seen(Notice)
            await until(lambda: "fine" in room.texts)
            assert [u.message["nick"] for u in room.seen(Received)] == ["doe", "dora"]
            server.kill()
            await start_again(server)
            room.session.post("still dora")
            await until(lambda: "still dora" in room.texts)
            assert room.seen(Received)[-1].message["nick"] == "dora"

    asyncio.run(run())


def test_members_are_known_as_they_come_and_go(server: LiveServer) -> None:
    async def run() -> None:
        async with Room(server.url).running() as room:
            await until(lambda: room.seen(MembersChanged))
            async with Room(server.url, nick="Eva", guest=SECRET + "2").running() as other:
                await until(lambda: other.live)
                await until(lambda: room.seen(MembersChanged)[-1].members == ["doe", "Eva"])

    asyncio.run(run())


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


def test_history_is_read_back_to_the_first_message(server: LiveServer) -> None:
    numbers = [say(server, f"message {count}") for count in range(120)]

    async def run() -> None:
        async with Room(server.url).running() as room:
            await until(lambda: room.live)
            assert room.texts[0] == "message 70"
            server.request(
                "DELETE", f"/chat/rooms/lobby/messages/{numbers[0]}", token=None, guest=SECRET
            )
            pages = [await room.session.older() for _ in range(3)]
            assert [len(page) for page in pages] == [50, 20, 0]
            assert pages[1][0]["id"] == numbers[0]

    asyncio.run(run())


def test_another_log_begins_the_room_anew(server: LiveServer) -> None:
    say(server, "old")

    async def run() -> None:
        room = Room(server.url)
        async with room.server:
            await room.session.start()
            # As if the page had been that of another log.
            room.session._receiver.start([], 57, "fedcba9876543210")
            async with background(room.session.run(room.updates.append)):
                await until(lambda: len(room.seen(Started)) == 2)
                assert [m["text"] for m in room.seen(Started)[1].messages] == ["old"]
                assert room.seen(Started)[1].again
                say(server, "new")
                await until(lambda: room.texts[-1] == "new")

    asyncio.run(run())


def test_many_texts_at_once_are_stored_in_their_order(server: LiveServer) -> None:
    async def run() -> None:
        async with Room(server.url).running() as room:
            for count in range(100):
                room.session.post(f"{count}")
            await until(lambda: room.texts)
            server.kill()
            await start_again(server)
            await until(lambda: room.session.outbox.waiting == [])
            await until(lambda: len(room.texts) == 100)
            assert room.texts == [f"{count}" for count in range(100)]

    asyncio.run(run())
    assert stored(server) == [f"{count}" for count in range(100)]
