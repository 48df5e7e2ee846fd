"""The pool of connections for queries on the loop, for databases that greenlets wait for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import time
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from me_api.concurrency import Event, Loop

MAX_CONNECTIONS = 8
WAIT_SECONDS = 2.0
"""Seconds for which a greenlet waits for a connection."""


class LoopPool(Pool):
    """Up to eight connections, opened on demand; the one that was used last is used next.

    Greenlets wait for a connection in the order in which they ask, and get an `OperationalError`
    after two seconds.
    """

    # SQLAlchemy's QueuePool waits with a lock of the thread, which is the loop's only where the
    # standard library is patched, and gives up a connection's turn.

    loop: Loop
    """The loop whose greenlets wait; set by `pool_on`."""

    def __init__(self, creator: Any, **options: Any) -> None:
        super().__init__(creator, **options)
        self._idle: list[ConnectionPoolEntry] = []
        self._open = 0
        self._waiting: deque[_Waiter] = deque()

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Lend a connection of the driver, for one statement. Raises the driver's errors."""
        # What `Engine.connect` adds to this costs as much as a short query.
        entry: Any = self._do_get()
        try:
            yield entry.get_connection()
        except Exception as error:
            # As after an error that SQLAlchemy meets: the others have mostly died together with
            # this one, and are replaced before they are used.
            dialect: Any = self._dialect
            broken = entry.dbapi_connection
            if broken is None or dialect.is_disconnect(error, broken, None):
                entry.invalidate(error)
                self._invalidate_time = time()
            raise
        except BaseException as error:
            # The greenlet is killed while the server may still be answering.
            entry.invalidate(error)
            raise
        finally:
            self._do_return_conn(entry)

    def _do_get(self) -> ConnectionPoolEntry:
        if self._idle:
            return self._idle.pop()
        if self._open < MAX_CONNECTIONS:
            self._open += 1
        elif (entry := self._wait()) is not None:
            return entry
        try:
            return self._create_connection()
        except BaseException:
            self._pass_on(None)
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        self._pass_on(record)

    def _wait(self) -> ConnectionPoolEntry | None:
        """Wait for a connection; None means that this greenlet may open one."""
        waiter = _Waiter(self.loop.event())
        self._waiting.append(waiter)
        try:
            with self.loop.holding_turn():
                waiter.event.wait(WAIT_SECONDS)
        except BaseException:
            self._give_up(waiter)
            raise
        if not waiter.served:
            self._give_up(waiter)
            busy = TimeoutError("all connections to the database are in use")
            raise OperationalError("", None, busy)
        return waiter.entry

    def _give_up(self, waiter: _Waiter) -> None:
        if waiter.served:
            self._pass_on(waiter.entry)
        else:
            self._waiting.remove(waiter)

    def _pass_on(self, entry: ConnectionPoolEntry | None) -> None:
        """Pass a connection, or the right to open one, to the greenlet that has waited longest."""
        if self._waiting:
            waiter = self._waiting.popleft()
            waiter.entry, waiter.served = entry, True
            waiter.event.set()
        elif entry is not None:
            self._idle.append(entry)
        else:
            self._open -= 1

    def dispose(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().close()
            self._open -= 1

    def recreate(self) -> LoopPool:
        return type(self)(
            self._creator,
            recycle=self._recycle,
            echo=self.echo,
            logging_name=self._orig_logging_name,
            reset_on_return=self._reset_on_return,
            pre_ping=self._pre_ping,
            _dispatch=self.dispatch,
            dialect=self._dialect,
        )

    def checkedout(self) -> int:
        """Return how many connections are in use."""
        return self._open - len(self._idle)

    def status(self) -> str:
        return f"{len(self._idle)} of {self._open} connections idle, {len(self._waiting)} waiting"


class _Waiter:
    """A greenlet that waits for a connection."""

    __slots__ = ("entry", "event", "served")

    def __init__(self, event: Event) -> None:
        self.event = event
        self.served = False
        self.entry: ConnectionPoolEntry | None = None


def pool_on(loop: Loop) -> type[LoopPool]:
    """Return the class of pools whose greenlets wait on a loop."""
    return type("LoopPool", (LoopPool,), {"loop": loop})
