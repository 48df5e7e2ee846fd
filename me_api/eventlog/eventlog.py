"""The log as features use it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from me_api.concurrency import Loop, Patience
from me_api.errors import Gone
from me_api.eventlog import position
from me_api.eventlog.change import Change
from me_api.eventlog.committer import Commit, Committer
from me_api.eventlog.entry import Feed, Page
from me_api.eventlog.long_poll import Waits
from me_api.eventlog.tail import Tail
from me_api.storage import engines
from me_api.storage.background import Aside
from me_api.storage.loop_connection import release

WATCH_SECONDS = 0.25
"""How often the log looks whether another process has written."""

REMEMBERED = 1024
"""Most things remembered between two commits."""

T = TypeVar("T")
logger = logging.getLogger(__name__)


class EventLog:
    """Committer and tail of one database, on one loop."""

    def __init__(
        self,
        loop: Loop,
        readers: Engine,
        feeds: Sequence[Feed],
        observe: Callable[[int, int], None] = lambda changes, position: None,
    ) -> None:
        self._observe = observe
        self._loop = loop
        self._readers = readers
        self._feeds = feeds
        self._remembered: dict[Hashable, Any] = {}
        self._remembered_at: tuple[int, ...] | None = None
        self._waits = Waits(loop)
        self._knock = loop.bridge(lambda _: self.tail.catch_up())

    @cached_property
    def tail(self) -> Tail:
        """The tail; it begins where the log stands when first asked for."""
        tail = Tail(self._readers)
        for feed in self._feeds:
            tail.add_feed(feed)
        return tail

    @cached_property
    def _committer(self) -> Committer:
        def committed(commit: Commit, tail: Tail = self.tail) -> None:
            tail.deliver(commit)
            self._observe(len(commit.entries), tail.delivered)

        return Committer(self._loop, engines.writer_engine(self._readers.url), committed)

    @cached_property
    def aside(self) -> Aside:
        """Reading that takes long."""
        return Aside(self._loop, engines.aside_engine(self._readers.url))

    @property
    def head(self) -> int:
        """The last position committed by anybody; clients are told `delivered` instead."""
        with self._readers.connect() as connection:
            return position.read(connection).head

    @property
    def delivered(self) -> int:
        """The last position handed to followers: the only one a client is told as its cursor."""
        return self.tail.delivered

    @property
    def epoch(self) -> str:
        """The random id of this log."""
        return self.tail.epoch

    @property
    def version(self) -> tuple[int, ...] | None:
        """What readers find is the same as long as this is; None where that cannot be told.

        The delivered position alone would miss rooms, users, and what another process wrote.
        """
        version = engines.version(self._readers)
        return None if version is None else (*version, self.delivered)

    def remember(self, key: Hashable, read: Callable[[], T]) -> T:
        """Read something small from the database once between any two commits."""
        version = self.version
        if version is None:
            return read()
        if version != self._remembered_at or len(self._remembered) >= REMEMBERED:
            self._remembered = {}
            self._remembered_at = version
        remembered = self._remembered
        if key not in remembered:
            remembered[key] = read()
        value: T = remembered[key]
        return value

    def commit(self, change: Change) -> Any:
        """Make a change; when this returns, it is on disk and delivered.

        Raises the `ApiError` that refused it, or `StorageUnavailable`: then nothing was stored.
        """
        return self._committer.submit(change)

    def send(self, change: Change) -> None:
        """Have a change made soon; a failure is logged and nobody else told."""
        self._committer.send(change)

    def check(self, since: int, epoch: str | None = None) -> None:
        """Raise `Gone` with the true position for a cursor of another log or from the future."""
        if since > self.delivered:
            self.tail.catch_up()  # Another process may have told it.
        if epoch not in (None, self.epoch):
            detail, code = "This cursor belongs to another log.", "foreign_epoch"
        elif since > self.delivered:
            detail, code = "This cursor is beyond the end of the log.", "beyond_head"
        else:
            return
        raise Gone(detail, code=code, extra={"rev": self.delivered, "epoch": self.epoch})

    def changes(self, topic: str, since: int, limit: int, patience: Patience | None = None) -> Page:
        """Read a topic's changes after `since`; with none yet, wait for one with patience."""
        page = self.tail.read({topic: 0}, since, limit)
        if page.entries or patience is None or self._waits.ended:
            return page
        self._waits.wait(self.tail, topic, page.upto, patience)
        return self.tail.read({topic: 0}, since, limit)

    @property
    def waiting(self) -> int:
        """How many wait for a change."""
        return self._waits.count

    def end_waits(self) -> None:
        """Let nobody wait for a change any longer: the server is about to stop."""
        self._waits.end()

    def watch(self) -> None:
        """Look now and then whether another process has written, and hand that on."""
        try:
            head = self.head
            if head > self.delivered:
                self._knock(None)
        except DBAPIError as error:
            logger.warning("the log cannot be read: %s", error)
        finally:
            self._loop.after(WATCH_SECONDS, self.watch)

    def close(self) -> None:
        """Finish the writes that wait."""
        release(self._readers)
        if "aside" in self.__dict__:
            self.aside.close()
        if "_committer" in self.__dict__:
            self._committer.close()
