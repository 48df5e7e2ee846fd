"""Following a server: its numbers every second, its rooms, and every change, with reconnecting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from terminal.backoff import Backoff
from terminal.failures import Failure, NotServed, Refused, Unreachable
from terminal.server import Server
from terminal.sse import events

ROOMS_SECONDS = 5.0
"""Between two requests for the list of rooms."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What `GET /monitor` has returned."""

    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RoomsRead:
    """The rooms, each with its members."""

    rooms: list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Changed:
    """A message or a report that was created, edited or deleted; `kind` is that of its event."""

    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Status:
    """Whether there is a connection for the numbers or the changes, and why not.

    `retry_in` is the seconds until the next attempt.
    """

    source: str
    problem: str | None = None
    retry_in: float = 0.0


Update = Measured | RoomsRead | Changed | Status


Listener = Callable[[Update], None]


class MonitorFeed:
    """Follows a server, and passes each update to the listener of `run`.

    The changes are those after the position at which the feed has started, without gaps, also over
    reconnects; in another epoch they begin anew.
    """

    _listener: Listener

    def __init__(self, server: Server, interval: float = 1.0) -> None:
        self._server = server
        self._interval = interval
        self._since = ""
        self._epoch = ""

    async def start(self) -> None:
        """Connect for the first time; raise the `Failure` if that is not possible."""
        try:
            state = (await self._server.get("monitor"))["data"]
        except Refused as refused:
            if refused.code == "not_found":
                raise NotServed("This me-api is too old to be monitored.") from None
            raise
        self._since, self._epoch = str(state["rev"]), state["epoch"]

    async def run(self, listener: Listener) -> None:
        """Follow the server; raise `Refused` if it does not allow that any longer."""
        self._listener = listener
        failure = None
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._retrying("numbers", self._measure))
                tasks.create_task(self._retrying("changes", self._follow))
        except* Failure as failures:
            failure = failures.exceptions[0]
        if failure is not None:
            raise failure

    async def _retrying(self, source: str, attempt: Callable[[Backoff], Awaitable[None]]) -> None:
        backoff = Backoff()
        while True:
            retry_after = None
            try:
                await attempt(backoff)
                problem = "The server has closed the stream."
            except Refused as refused:
                if not refused.is_temporary:
                    if refused.is_stale_cursor:
                        self._since = self._epoch = ""
                    elif not await self._server.renew(refused):
                        raise
                    continue
                problem, retry_after = str(refused), refused.retry_after
            except (Unreachable, NotServed) as failure:
                problem = str(failure)
            pause = backoff.next(retry_after)
            self._listener(Status(source, problem, pause))
            await asyncio.sleep(pause)

    async def _measure(self, backoff: Backoff) -> None:
        rooms_due = 0.0
        connected = False
        clock = asyncio.get_running_loop().time
        while True:
            begun = clock()
            self._listener(Measured((await self._server.get("monitor"))["data"]))
            if begun >= rooms_due:
                self._listener(RoomsRead(await self._rooms()))
                rooms_due = begun + ROOMS_SECONDS
            if not connected:
                connected = True
                backoff.opened()
                self._listener(Status("numbers"))
            await asyncio.sleep(max(0, begun + self._interval - clock()))

    async def _rooms(self) -> list[Mapping[str, Any]]:
        try:
            rooms: list[Mapping[str, Any]] = (await self._server.get("chat/rooms"))["data"]
        except Refused as refused:
            if refused.code != "not_found":
                raise
            return []  # The server is one without the chat.
        return rooms

    async def _follow(self, backoff: Backoff) -> None:
        position = {"since": self._since, "epoch": self._epoch}
        query = {name: value for name, value in position.items() if value}
        async with self._server.stream("stream", **query) as lines:
            self._listener(Status("changes"))
            backoff.opened()
            async for event in events(lines, self._since):
                self._since = event.id
                if event.data:
                    self._listener(Changed(event.kind, json.loads(event.data)))
