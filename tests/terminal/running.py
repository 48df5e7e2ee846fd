"""Running the programs' parts in this process, against a server in another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from terminal import address
from terminal.chat.session import RoomSession
from terminal.chat.updates import Connected, Disconnected, Received, Started
from terminal.chat.updates import Update as ChatUpdate
from terminal.credentials import Credentials
from terminal.failures import Failure
from terminal.monitor.feed import Changed, MonitorFeed, Status
from terminal.monitor.feed import Update as MonitorUpdate
from terminal.server import Server
from tests.support.wait import POLL_SECONDS, WAIT_SECONDS

SECRET = "a-secret-of-a-guest-in-the-tests-0123456789"


async def until(predicate: Callable[[], Any]) -> Any:
    """Return the first true answer of the predicate; fail when none comes in time."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not (answer := predicate()):
            await asyncio.sleep(POLL_SECONDS)
    return answer


@asynccontextmanager
async def background(work: Awaitable[None]) -> AsyncIterator[asyncio.Task[None]]:
    """Do something until the end, where it is cancelled; a failure of it is raised."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        if not task.done():
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Room:
    """A session in a room, and all that it has passed on."""

    def __init__(self, url: str, *, nick: str | None = "doe", **credentials: Any) -> None:
        given = credentials or {"guest": SECRET}
        self.server = Server(address.parse(url), Credentials(**given))
        self.session = RoomSession(self.server, "lobby", nick)
        self.updates: list[ChatUpdate] = []
        self.failure: Failure | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Room"]:
        """Stay in the room until the end."""
        async with self.server:
            await self.session.start()
            async with background(self._run()):
                yield self

    async def _run(self) -> None:
        try:
            await self.session.run(self.updates.append)
        except Failure as failure:
            self.failure = failure

    def seen(self, kind: type[ChatUpdate]) -> list[Any]:
        """Return the updates of a kind."""
        return [update for update in self.updates if isinstance(update, kind)]

    @property
    def texts(self) -> list[str]:
        """The texts of all messages that were shown, each as often as it was."""
        started = [m["text"] for update in self.seen(Started) for m in update.messages]
        return started + [update.message["text"] for update in self.seen(Received)]

    @property
    def live(self) -> bool:
        """Whether there is a connection."""
        kinds = [type(u) for u in self.updates if isinstance(u, Connected | Disconnected)]
        return kinds[-1:] == [Connected]


class Monitor:
    """A feed of the monitor, and all that it has passed on."""

    def __init__(self, url: str, token: str) -> None:
        self.server = Server(address.parse(url), Credentials(token))
        self.feed = MonitorFeed(self.server, 0.2)
        self.updates: list[MonitorUpdate] = []
        self.failure: Failure | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Monitor"]:
        """Follow the server until the end."""
        async with self.server:
            await self.feed.start()
            async with background(self._run()):
                yield self

    async def _run(self) -> None:
        try:
            await self.feed.run(self.updates.append)
        except Failure as failure:
            self.failure = failure

    def seen(self, kind: type[MonitorUpdate]) -> list[Any]:
        """Return the updates of a kind."""
        return [update for update in self.updates if isinstance(update, kind)]

    @property
    def texts(self) -> list[str]:
        """The texts of the messages that have changed."""
        return [update.body["text"] for update in self.seen(Changed) if update.kind == "message"]

    def problems(self, source: str) -> list[str | None]:
        """Return the states of a connection: None while it is open, otherwise why it is not."""
        return [status.problem for status in self.seen(Status) if status.source == source]
