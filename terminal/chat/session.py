"""A session in a room over native WebSockets, which outlives its connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from urllib.parse import quote

import websockets

from terminal.backoff import Backoff
from terminal.chat.outbox import Outbox, Pending
from terminal.chat.receiver import Receiver
from terminal.chat.sender import send_all
from terminal.chat.updates import (
    Connected,
    Disconnected,
    MembersChanged,
    Message,
    OutboxChanged,
    Started,
    Update,
)
from terminal.failures import NotServed, Refused, Unreachable
from terminal.server import Server

PAGE = 50
"""How many messages are read at the start, and at each step back."""

RETRY_SECONDS = 1.0

Listener = Callable[[Update], None]


class RoomSession:
    """Follows a room and posts to it, until `run` is cancelled or raises a `Failure`.

    Each connection continues from the last position, so that no message is missed or received
    twice. A text is sent again, with its key, until the server has answered it.
    """

    def __init__(self, server: Server, room: str, nick: str | None) -> None:
        self.room = room
        self.nick = nick
        self.outbox = Outbox()
        self.on_live: Callable[[str | None], None] = _ignore
        """Is called with the nick each time that a connection is open."""
        self._server = server
        self._listener: Listener = _ignore
        self._receiver = Receiver(self._pass_on)
        self._was_live = False
        self._page: list[Message] = []
        self._oldest: int | None = None

    async def start(self) -> None:
        """Read the newest page; raise the `Failure` if that is not possible."""
        page = await self._server.get(f"{self._path}/messages", limit=str(PAGE))
        self._page = page["data"]
        self._oldest = self._page[0]["id"] if self._page else None
        self._receiver.start(self._page, page["rev"], page["epoch"])

    async def older(self) -> list[Message]:
        """Return the page before the oldest message that was read; empty at the first one."""
        if self._oldest is None:
            return []
        page = await self._server.get(
            f"{self._path}/messages", before=str(self._oldest), limit=str(PAGE)
        )
        if page["data"]:
            self._oldest = page["data"][0]["id"]
        return self._receiver.keep_older(page["data"])

    @property
    def _path(self) -> str:
        return f"chat/rooms/{quote(self.room, safe='')}"

    def _pass_on(self, update: Update) -> None:
        self._listener(update)

    def post(self, text: str) -> None:
        """Post a text as soon as there is a connection."""
        self.outbox.add(text)
        self._listener(OutboxChanged())

    async def run(self, listener: Listener) -> None:
        """Pass on the newest page and all that happens; stay connected, after `start`.

        Raises a `Failure` if the server does not allow that (any longer).
        """
        self._listener = listener
        listener(Started(self._page, again=False))
        backoff = Backoff()
        while True:
            retry_after = None
            try:
                problem = await self._connect(backoff)
            except Refused as refused:
                if refused.is_stale_cursor:
                    await self._start_over()
                    continue
                if await self._server.renew(refused):
                    continue
                # After a loss of connection, it may take a moment until the nick is free.
                if not (refused.is_temporary or (self._was_live and refused.status == 409)):
                    raise
                problem, retry_after = str(refused), refused.retry_after
            except Unreachable as failure:
                problem = str(failure)
            except NotServed as failure:
                if not self._was_live:
                    raise
                problem = str(failure)
            pause = backoff.next(retry_after)
            self._listener(Disconnected(problem, pause))
            await asyncio.sleep(pause)

    async def _start_over(self) -> None:
        try:
            await self.start()
        except (Unreachable, Refused):
            # The next attempt is refused again in the same way.
            await asyncio.sleep(RETRY_SECONDS)
        else:
            self._listener(Started(self._page, again=True))

    async def _connect(self, backoff: Backoff) -> str:
        """Open a connection, and return why it has ended."""
        query = {"room": self.room, **self._receiver.position}
        if self.nick is not None:
            query["nick"] = self.nick
        async with self._server.websocket("ws/chat", "json", **query) as socket:
            backoff.opened()
            self._listener(Connected(self._was_live))
            self._was_live = True
            self.on_live(self.nick)
            tasks = [
                asyncio.create_task(
                    send_all(socket, self.outbox, self._receiver, self._answered, self._renew)
                ),
                asyncio.create_task(self._read_members()),
            ]
            try:
                await self._receive(socket)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self.outbox.lost_connection()
                self._listener(OutboxChanged())
        return "The server has closed the connection."

    async def _renew(self, refused: Refused) -> bool:
        try:
            return await self._server.renew(refused)
        except (Refused, Unreachable, NotServed):
            return False  # The text is refused, and the next connection says why.

    def _answered(self, pending: Pending) -> None:
        command, _, nick = pending.text.partition(" ")
        if pending.problem is None and command in ("/nick", "/join"):
            # The next connection is to have it, too.
            self.nick = nick.strip() or self.nick
        self._listener(OutboxChanged())

    async def _receive(self, socket: websockets.ClientConnection) -> None:
        async for frame in socket:
            self._receiver.take(json.loads(frame))

    async def _read_members(self) -> None:
        try:
            members = (await self._server.get(f"{self._path}/members"))["data"]
        except (Refused, Unreachable, NotServed):
            return  # The next connection reads them.
        self._receiver.members = {member["nick"] for member in members}
        self._listener(MembersChanged(sorted(self._receiver.members, key=str.casefold)))


def _ignore(_value: object) -> None:
    """Do nothing, in place of a listener."""
