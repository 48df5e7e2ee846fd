"""Takes the pictures of docs/terminal.md: `python -m tests.terminal.screenshots`.

A server with clients of several kinds is started for that, in a folder of its own.
"""

import asyncio
import re
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from terminal import address
from terminal.chat.app import ChatApp
from terminal.chat.session import RoomSession
from terminal.credentials import Credentials
from terminal.monitor.app import MonitorApp
from terminal.monitor.feed import MonitorFeed
from terminal.server import Server
from tests.support.server import ROOT, LiveServer
from tests.terminal.running import Room, background

IMAGES = ROOT / "docs" / "images"
ADDRESS = "https://example.com"
SAID = (
    ("anna", "Hej! Har någon löst uppgift 3?"),
    ("bert", "Ja, men min server tappade meddelanden när jag startade om den."),
    ("anna", "Då läser du inte från den sista positionen: changes?since=…"),
    ("bert", "Aha. Nu kommer allt, en gång och i ordning."),
)
EMAIL, PASSWORD = "mos@example.com", "correct horse"


async def main() -> None:
    """Start a server, fill it, and take both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        server = LiveServer(Path(folder))
        await asyncio.to_thread(server.start)
        given = ["--email", EMAIL, "--nick", "mos", "--password", PASSWORD, "--owner"]
        await asyncio.to_thread(server.flask, "users", "create", *given)
        answer = server.post("/login", {"email": EMAIL, "password": PASSWORD}).json
        try:
            async with AsyncExitStack() as stack:
                for nick in ("anna", "bert", "cleo"):
                    guest = Room(server.url, nick=nick, guest=nick * 10)
                    await stack.enter_async_context(guest.running())
                await _pictures(server, answer["data"]["token"])
        finally:
            server.stop()


async def _pictures(server: LiveServer, token: str) -> None:
    async with Server(address.parse(server.url), Credentials(token)) as client:
        feed = MonitorFeed(client, 0.5)
        await feed.start()
        monitor = MonitorApp(ADDRESS, feed)
        async with monitor.run_test(size=(132, 36)) as pilot, background(_talk(server)):
            await pilot.pause(25)
            save(monitor, "monitor.svg")
        session = RoomSession(client, "lobby", None)
        await session.start()
        chat = ChatApp(ADDRESS, session)
        async with chat.run_test(size=(100, 26)) as pilot:
            for text in ("Bra! Då är ni klara med kursmoment 3.", "/nope"):
                session.post(text)
            await pilot.pause(2)
            await asyncio.to_thread(server.kill)
            await pilot.pause(1)
            session.post("Det här skickas när servern är tillbaka.")
            await pilot.pause(1)
            save(chat, "chat.svg")
        await asyncio.to_thread(server.start)


def save(app: MonitorApp | ChatApp, name: str) -> None:
    """Write a picture that names no font of another site."""
    svg = re.sub(r"@font-face \{.*?\}", "", app.export_screenshot(), flags=re.S)
    (IMAGES / name).write_text(svg)


async def _talk(server: LiveServer) -> None:
    for count in range(10**9):
        room = "kundtjanst" if count % 9 == 8 else "lobby"
        nick, text = SAID[count % len(SAID)]
        path = f"/chat/rooms/{room}/messages"
        await asyncio.to_thread(server.post, path, {"nick": nick, "text": text}, guest=nick * 10)
        await asyncio.sleep(0.1 + count % 7 / 10)


if __name__ == "__main__":
    asyncio.run(main())
