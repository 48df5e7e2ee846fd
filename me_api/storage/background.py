"""Slow queries in native threads, on connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from me_api.concurrency import ThreadPool

T = TypeVar("T")
MAX_IDLE = 4
"""The most idle connections that stay open for the next query."""


# There is no pool, because a pool's locks belong to the loop's thread: a native thread that waited
# for one would block both. Connections are opened, taken and returned on the loop, and only used
# in the native thread.
class BackgroundReader:
    """Runs queries of one database in native threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Connection] = []

    def run(
        self, pool: ThreadPool, work: Callable[[Connection], T], *, admitted: bool = False
    ) -> T:
        """Call `work` in a thread of the pool, in one read transaction; return its result.

        Blocks the calling greenlet only. Raises `Busy`, unless the work is `admitted`.
        """
        with pool.turn(admitted=admitted):
            return self._run(pool, work)

    def _run(self, pool: ThreadPool, work: Callable[[Connection], T]) -> T:
        connection = self._idle.pop() if self._idle else self._engine.connect()
        try:
            result: T = pool.call(_in_transaction, work, connection)
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
    connection.exec_driver_sql("BEGIN")
    result = work(connection)
    connection.exec_driver_sql("COMMIT")
    return result
