"""The writer of SQLite databases: each batch is decided and applied in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from me_api.eventlog import position
from me_api.eventlog.change import Change, Transaction, apply_in_order, timestamp
from me_api.eventlog.position import Position
from me_api.eventlog.writer import Written
from me_api.storage.write_connection import WriteConnection


class SqliteWriter:
    """Locks the database, then decides and writes.

    `begins` is the position that is known already. `write` raises `ForeignDatabase` once the
    database is found to be another.
    """

    def __init__(self, connection: WriteConnection, begins: Position | None = None) -> None:
        self._connection = connection
        self._last = begins

    def open(self) -> None:
        """Open the database for the first time, on the loop."""
        self._connection.open()

    def together(self, changes: Sequence[Change]) -> int:
        """Return the number of the changes: one transaction takes all."""
        return len(changes)

    def write(self, changes: Sequence[Change]) -> Written:
        """Apply the changes in one transaction; when this returns, it is on disk."""
        connection = self._connection.begin()
        # There is no ROLLBACK: after an error the caller closes the connection. SQLite has ended
        # the transaction by itself after some errors, such as a full disk, and a statement sent
        # then would be committed at once.
        # BEGIN IMMEDIATE has locked it: no other process can assign positions until this commits.
        (before, epoch), counters = position.read_locked(connection)
        self._check_position(before, epoch)
        transaction = Transaction(connection, before, timestamp())
        outcomes = apply_in_order(transaction, changes)
        if transaction.head != before:
            position.move(connection, transaction.head)
        if transaction.access_changed:
            counters = position.count_access(connection)
        self._connection.commit()
        self._last = Position(transaction.head, epoch)
        return Written(outcomes, before, transaction.head, transaction.entries, counters)

    def disconnect(self) -> None:
        """Close the connection; the next batch opens another."""
        self._connection.disconnect()

    def close(self) -> None:
        """Close everything, on the loop."""
        self._connection.close()

    def _check_position(self, before: int, epoch: str) -> None:
        """Raise `ForeignDatabase` for another log, or for an older state of this one."""
        last = self._last
        if last and (epoch != last.epoch or before < last.head):
            raise self._connection.abandon()
