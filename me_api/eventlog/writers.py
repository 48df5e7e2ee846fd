"""The choice of the writer, by the kind of the database."""

from __future__ import annotations

import secrets

from me_api.concurrency import Loop
from me_api.eventlog.position import Position
from me_api.eventlog.postgresql_writer import PostgresqlWriter
from me_api.eventlog.sqlite_writer import SqliteWriter
from me_api.eventlog.tail import Tail
from me_api.eventlog.writer import CommitCounts, Writer
from me_api.storage.database import Database


def make_writer(
    database: Database, loop: Loop, tail: Tail, node: str, counts: CommitCounts
) -> Writer:
    """Create the only writer of this process."""

    def published() -> Position:
        return Position(tail.delivered, tail.epoch)

    if database.files is not None:
        return SqliteWriter(database.write_connection(), published())
    name = node or secrets.token_hex(4)
    engine = database.writer_engine()
    return PostgresqlWriter(engine, name, published, loop.sleep_in_thread, counts)
