"""A session in a room: what it shows, and what of commands it passes on."""

import asyncio

from terminal.chat.updates import MembersChanged, Notice, Received
from tests.support.server import LiveServer
from tests.terminal.lobby import say, start_again, stored
from tests.terminal.running import SECRET, Room, until


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
