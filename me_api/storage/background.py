"""Slow work on the database in native threads, on connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from me_api.concurrency import ThreadPool

T = TypeVar("T")
MAX_IDLE = 4
"""The most idle connections of a kind that stay open for the next work."""


# There is no pool, because a pool's locks belong to the loop's thread: a native thread that waited
# for one would block both. Connections are opened, taken and returned on the loop, and only used
# in the native thread.
class Background:
    """Runs work on one database in native threads: on connections that read, or that write."""

    def __init__(self, readers: Engine, writers: Engine) -> None:
        self._readers = _Connections(readers)
        self._writers = _Connections(writers)

    def read(
        self, pool: ThreadPool, work: Callable[[Connection], T], *, admitted: bool = False
    ) -> T:
        """Call `work` in a thread of the pool, in one read transaction; return its result.

        Blocks the calling greenlet only. Raises `Busy`, unless the work is `admitted`.
        """
        with pool.reserved(admitted=admitted):
            try:
                return self._readers.run(pool, _in_transaction, work)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            # The database was restarted, and with one idle connection it has closed them all.
            self._readers.close()
            return self._readers.run(pool, _in_transaction, work)

    def write(self, pool: ThreadPool, work: Callable[[Connection], T]) -> T:
        """Call `work` in a thread of the pool; each of its statements is a transaction of its own.

        For what is derived from the log and takes no position. What does is a `Change`.
        """
        with pool.reserved(admitted=True):
            return self._writers.run(pool, _in_autocommit, work)

    def close(self) -> None:
        self._readers.close()
        self._writers.close()


class _Connections:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Connection] = []

    def run(
        self,
        pool: ThreadPool,
        call: Callable[[Callable[[Connection], T], Connection], T],
        work: Callable[[Connection], T],
    ) -> T:
        connection = self._idle.pop() if self._idle else self._engine.connect()
        try:
            result: T = pool.call(call, work, connection)
        except Exception:
            # Its transaction may still be open, or the connection broken: it is not used again.
            connection.invalidate()
            connection.close()
            raise
        if len(self._idle) < MAX_IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        return result

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _in_transaction(work: Callable[[Connection], T], connection: Connection) -> T:
    # In SQLite, too, a read transaction sees one state of the database.
    sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN" if sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ")
    result = work(connection)
    connection.exec_driver_sql("COMMIT")
    return result


def _in_autocommit(work: Callable[[Connection], T], connection: Connection) -> T:
    return work(connection)
