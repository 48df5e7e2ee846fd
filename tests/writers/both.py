"""The two writers beside each other, with clocks that show the same time."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import NullPool, Row, create_engine, event

from me_api.auth.users import User
from me_api.errors import ApiError
from me_api.eventlog import Change, sqlite_writer, timestamp
from me_api.eventlog.position import Position
from me_api.eventlog.sqlite_writer import SqliteWriter
from me_api.eventlog.writer import Writer, Written
from me_api.storage import engines
from me_api.storage.write_connection import WriteConnection
from tests.support.databases import execute
from tests.writers.servers import InterruptedWriter, read_position

BEGINS = datetime(2100, 1, 1, tzinfo=UTC)
TABLES = {
    "messages": "SELECT *, CAST(payload AS TEXT) AS payload FROM messages"
    " WHERE rev > :after ORDER BY rev",
    "rooms": "SELECT * FROM rooms ORDER BY id",
    "sessions": "SELECT * FROM sessions ORDER BY pid",
    "log": "SELECT head FROM log",
}


class Both:
    """A database of each kind; PostgreSQL's has a second server."""

    def __init__(self, sqlite: str, postgresql: str) -> None:
        self.urls = [sqlite, postgresql]
        self.connections = [create_engine(url, poolclass=NullPool).connect() for url in self.urls]
        engine = engines.writer_engine(sqlite)
        event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA synchronous=OFF").close())
        self.sqlite = SqliteWriter(WriteConnection(engine))
        self.postgresql = postgresql_writer(postgresql, "a")
        self.other = postgresql_writer(postgresql, "b")
        self.seconds = 0

    def close(self) -> None:
        for connection in self.connections:
            connection.close()
        for writer in (self.sqlite, self.postgresql, self.other):
            writer.disconnect()

    def tick(self) -> None:
        """Advance the clock of both databases by a second, in the year 2100."""
        self.seconds += 1
        moment = BEGINS + timedelta(seconds=self.seconds)
        execute(self.connections[1], "UPDATE log SET time = :time", time=moment)
        self.connections[1].commit()
        sqlite_writer.timestamp = lambda: timestamp(moment)  # type: ignore[assignment]

    def write(self, changes: Sequence[Change]) -> list[bytes]:
        """Write with both; return the two results as JSON."""
        self.tick()
        return [described(write_all(w, changes)) for w in (self.sqlite, self.postgresql)]

    def rows(self, after: int) -> list[dict[str, list[dict[str, Any]]]]:
        """Return what each holds, of the messages those with a later rev."""
        found = []
        for connection in self.connections:
            rows = {
                table: [
                    {name: _same(name, value) for name, value in row._mapping.items()}
                    for row in execute(connection, query, after=after)
                ]
                for table, query in TABLES.items()
            }
            connection.rollback()
            found.append(rows)
        return found


def _same(name: str, value: Any) -> Any:
    """Return a value as both drivers could have returned it."""
    if name == "topics":
        return orjson.loads(value) if isinstance(value, str) else value
    return bool(value) if name == "verified" else value


def postgresql_writer(url: str, node: str) -> InterruptedWriter:
    """Return a writer of a server that has published nothing yet."""
    # Nothing has to survive: this saves most of the time.
    engine = engines.writer_engine(f"{url}&options=-c%20synchronous_commit%3Doff")
    published = Position(0, read_position(url).epoch)
    return InterruptedWriter(engine, node, lambda: published, time.sleep)


def write_all(writer: Writer, changes: Sequence[Change]) -> list[Written]:
    """Write as the committer does."""
    done: list[Written] = []
    while changes:
        count = writer.together(changes)
        done.append(writer.write(changes[:count]))
        changes = changes[count:]
    return done


def described(parts: list[Written]) -> bytes:
    """Return all that the committer passes on, as JSON."""
    outcomes = [outcome for part in parts for outcome in part.outcomes]
    entries = [entry for part in parts for entry in part.entries]
    return orjson.dumps(
        [
            list(map(_plain, outcomes)),
            [[e.rev, e.topic, e.key, e.body, e.created_rev, e.new] for e in entries],
            parts[0].before,
            parts[-1].head,
        ]
    )


def _plain(outcome: Any) -> Any:
    if isinstance(outcome, ApiError):
        return outcome.to_dicts()
    if isinstance(outcome, User):
        return [outcome.id, outcome.nick]
    return list(outcome) if isinstance(outcome, tuple | Row) else outcome
