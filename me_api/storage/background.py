"""Reading that takes long, in native threads: over connections of its own.

A pool's locks belong to the loop, and a thread that waited for one would freeze both. So the
connections are opened, lent and taken back on the loop, and only used in the thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from me_api.concurrency import Loop

T = TypeVar("T")
MAX_IDLE = 4
"""Most connections kept open for the next reader."""


class BackgroundReader:
    """Runs readers of one database in native threads."""

    def __init__(self, loop: Loop, engine: Engine) -> None:
        self._loop = loop
        self._engine = engine
        self._free: list[Connection] = []

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do slow reading while other greenlets go on; all of it sees one state."""
        connection = self._free.pop() if self._free else self._engine.connect()
        try:
            result: T = self._loop.run_in_thread(_in_transaction, work, connection)
        except Exception:
            connection.invalidate()
            connection.close()
            raise
        if len(self._free) < MAX_IDLE:
            self._free.append(connection)
        else:
            connection.close()
        return result

    def close(self) -> None:
        """Close what is kept open."""
        while self._free:
            self._free.pop().close()


def _in_transaction(work: Callable[[Connection], T], connection: Connection) -> T:
    connection.exec_driver_sql("BEGIN")
    result = work(connection)
    connection.exec_driver_sql("COMMIT")
    return result
