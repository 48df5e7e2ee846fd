"""The log as features use it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from me_api.concurrency import ClientWait, Loop
from me_api.errors import Gone
from me_api.eventlog import position
from me_api.eventlog.change import Change
from me_api.eventlog.committer import Commit, Committer
from me_api.eventlog.entry import Feed, Page
from me_api.eventlog.long_poll import LongPolls
from me_api.eventlog.tail import Tail
from me_api.storage import engines
from me_api.storage.background import BackgroundReader
from me_api.storage.loop_connection import close_loop_connection
from me_api.storage.versioned_cache import VersionedCache

POLL_SECONDS = 0.25
"""How often the log looks whether another process has written."""

MAX_CACHED = 1024
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
        self._cache: VersionedCache[Hashable, Any] = VersionedCache(
            lambda: self.version, MAX_CACHED
        )
        self._long_polls = LongPolls(loop)
        self._notify = loop.threadsafe_callback(lambda _: self.tail.catch_up())

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
    def background(self) -> BackgroundReader:
        """Reading that takes long."""
        return BackgroundReader(self._loop, engines.background_engine(self._readers.url))

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
        version = engines.data_version(self._readers)
        return None if version is None else (*version, self.delivered)

    def cached(self, key: Hashable, read: Callable[[], T]) -> T:
        """Read something small from the database once between any two commits."""
        return cast(T, self._cache.get_or_make(key, read))

    def commit(self, change: Change) -> Any:
        """Make a change; when this returns, it is on disk and delivered.

        Raises the `ApiError` that refused it, or `StorageUnavailable`: then nothing was stored.
        """
        return self._committer.submit(change)

    def commit_later(self, change: Change) -> None:
        """Have a change made soon; a failure is logged and nobody else told."""
        self._committer.submit_nowait(change)

    def check_cursor(self, since: int, epoch: str | None = None) -> None:
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

    def changes(
        self, topic: str, since: int, limit: int, patience: ClientWait | None = None
    ) -> Page:
        """Read a topic's changes after `since`; with none yet, wait for one with patience."""
        page = self.tail.read({topic: 0}, since, limit)
        if page.entries or patience is None or self._long_polls.cancelled:
            return page
        self._long_polls.wait(self.tail, topic, page.upto, patience)
        return self.tail.read({topic: 0}, since, limit)

    @property
    def long_polls(self) -> int:
        """How many wait for a change."""
        return self._long_polls.count

    def cancel_long_polls(self) -> None:
        """Let nobody wait for a change any longer: the server is about to stop."""
        self._long_polls.cancel()

    def poll_other_writers(self) -> None:
        """Look now and then whether another process has written, and hand that on."""
        try:
            head = self.head
            if head > self.delivered:
                self._notify(None)
        except DBAPIError as error:
            logger.warning("the log cannot be read: %s", error)
        finally:
            self._loop.call_later(POLL_SECONDS, self.poll_other_writers)

    def close(self) -> None:
        """Finish the writes that wait."""
        close_loop_connection(self._readers)
        if "background" in self.__dict__:
            self.background.close()
        if "_committer" in self.__dict__:
            self._committer.close()
