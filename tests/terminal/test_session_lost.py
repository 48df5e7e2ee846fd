"""A session misses nothing and posts nothing twice, whatever the server and the network do."""

import asyncio
import re

from terminal.chat.updates import Disconnected, Started
from tests.conftest import MakeServer
from tests.support.proxy import Proxy
from tests.support.server import LiveServer
from tests.terminal.lobby import say, start_again, stored
from tests.terminal.running import Room, background, until


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
