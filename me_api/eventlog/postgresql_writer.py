"""The writer of PostgreSQL databases, to which several servers write.

A batch is decided on what was read without a lock, and stored by one statement, the function
`me_api_commit_3` (`migrations/commit_3.sql`), which compares, numbers and stores. Rare changes are
decided under the lock. Either way `me_api_move_1` (`commit_1.sql`) moves the log, and sends the
NOTIFY that announces the commit to the other nodes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from orjson import dumps
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from me_api.errors import ApiError, StorageUnavailable
from me_api.eventlog import failover, in_doubt
from me_api.eventlog.change import Change, Transaction, apply_in_order
from me_api.eventlog.optimistic import Numbers, OptimisticBatch, OptimisticChange
from me_api.eventlog.position import Position
from me_api.eventlog.shared_state import Counters
from me_api.eventlog.writer import CommitCounts, Written
from me_api.storage.write_connection import WriteConnection

ATTEMPTS = 3
"""How often a batch is decided without the lock; after that, it is decided under it."""

_POSITION = "SELECT head, epoch FROM log"
_COMMIT = "SELECT * FROM me_api_commit_3(%s::jsonb)"
# The timeouts end the transaction of a server that is paused. PostgreSQL 17 has one for the whole
# of it, too.
_BEGIN = """
BEGIN;
SET LOCAL idle_in_transaction_session_timeout = '2s';
SET LOCAL lock_timeout = '5s';
SELECT set_config('transaction_timeout', '5s', true)
WHERE current_setting('server_version_num')::integer >= 170000
"""
_LOCK = """
SELECT state, head, moment, me_api_text_1(moment) AS now FROM me_api_begin_1(%s, %s, %s, %s, true)
"""
_MOVE = """
SELECT moved.*, me_api_record_1(%(node)s, %(token)s, %(before)s, %(head)s, '{}', %(time)s)
FROM me_api_move_1(%(node)s, %(before)s, %(head)s, %(time)s, %(access)s) moved
"""


class PostgresqlWriter:
    """Decides without a lock, and stores by one statement.

    `node` is the name of this process, which no other one of the database has. `known` returns the
    position up to which it has published the log. `sleep` blocks the native thread.
    """

    def __init__(
        self,
        engine: Engine,
        node: str,
        known: Callable[[], Position],
        sleep: Callable[[float], None],
        counts: CommitCounts | None = None,
    ) -> None:
        self._engine = engine
        self._connection = WriteConnection(engine)
        self._node = node
        self._known = known
        self._sleep = sleep
        self._counts = counts or CommitCounts()
        self._timeline = ""

    def open(self) -> None:
        """Open the database for the first time, on the loop."""
        self._connection.open()

    def together(self, changes: Sequence[Change]) -> int:
        """Return the number of changes, from the first on, that are all optimistic, or all not."""
        first = isinstance(changes[0], OptimisticChange)
        return sum(
            1 for _ in takewhile(lambda c: isinstance(c, OptimisticChange) == first, changes)
        )

    def write(self, changes: Sequence[Change]) -> Written:
        """Write the changes in one transaction; when this returns, they are on disk."""
        optimistic = [change for change in changes if isinstance(change, OptimisticChange)]
        for _ in range(ATTEMPTS if len(optimistic) == len(changes) else 0):
            if (written := self._write_optimistic(optimistic)) is not None:
                return written
        for _ in range(ATTEMPTS):
            if (written := self._write_locked(changes)) is not None:
                return written
        raise StorageUnavailable("Nothing was stored: the database is changing its server.")

    def disconnect(self) -> None:
        """Close the connection, which ends its transaction; the next batch opens another."""
        self._connection.disconnect()

    def close(self) -> None:
        """Close everything, on the loop."""
        self._connection.close()

    def _write_optimistic(self, changes: list[OptimisticChange]) -> Written | None:
        """Decide, then compare and store; return None if that has to be done again."""
        connection = self._connection.connect()
        token = secrets.token_hex(16)
        known = self._known()
        batch = OptimisticBatch.prepare(connection, token, changes)
        documents = batch.documents()
        if not documents:
            return self._check_position(batch, known)
        arguments = {
            "node": self._node,
            "token": token,
            "timeline": self._timeline,
            "epoch": known.epoch,
            "known": known.head,
            "revs": batch.revs,
            **documents,
        }
        row = self._commit(token, _COMMIT, (dumps(arguments).decode(),))
        if row.state == "ok":
            outcomes = batch.complete(Numbers(row.before, row.last, row.now, token))
            counters = None if row.generation is None else Counters(row.generation, row.access)
            return Written(outcomes, row.before, row.head, batch.draft.entries, counters)
        if row.state == "again":
            self._counts.again += 1
        else:
            self._settle(known)
        return None

    def _check_position(self, batch: OptimisticBatch, known: Position) -> Written | None:
        """Return the outcomes of a batch that stores nothing, unless there was a failover."""
        head, epoch = self._connection.connect().exec_driver_sql(_POSITION).one()
        if epoch != known.epoch or head < known.head:
            self._settle(known)
            return None
        return Written(batch.complete(Numbers(head, {}, "", "")), head, head, [])

    def _write_locked(self, changes: Sequence[Change]) -> Written | None:
        """Lock, decide and write statement by statement; return None after a failover."""
        connection = self._connection.connect()
        known = self._known()
        connection.exec_driver_sql(_BEGIN)
        values = (self._node, self._timeline, known.epoch, known.head)
        begun = connection.exec_driver_sql(_LOCK, values).one()
        if begun.state != "ok":
            connection.exec_driver_sql("ROLLBACK")
            self._settle(known)
            return None
        transaction = Transaction(connection, begun.head, begun.now)
        outcomes = apply_in_order(transaction, changes)
        if all(isinstance(outcome, ApiError) for outcome in outcomes):
            connection.exec_driver_sql("ROLLBACK")
            return Written(outcomes, begun.head, begun.head, [])
        token = secrets.token_hex(16)
        numbers = {
            "node": self._node,
            "token": token,
            "before": begun.head,
            "head": transaction.head,
            "time": begun.moment,
            "access": int(transaction.access_changed),
        }
        moved = connection.exec_driver_sql(_MOVE, numbers).one()
        self._commit(token, "COMMIT", ())
        counters = Counters(moved.generation, moved.access)
        return Written(outcomes, begun.head, transaction.head, transaction.entries, counters)

    def _settle(self, known: Position) -> None:
        self._timeline = failover.settle(self._connection.connect(), self._timeline, known)

    def _commit(self, token: str, statement: str, values: tuple[str, ...]) -> Any:
        """Run the statement that commits; return its row, if it returns one."""
        try:
            result = self._connection.connect().exec_driver_sql(statement, values)
            return result.one() if result.returns_rows else None
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            self.disconnect()
            self._counts.in_doubt += 1
            return in_doubt.find(self._engine, self._node, token, self._sleep)
