"""An example feature for tests of the log: notes."""

import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, String, Table, func, select, text
from sqlalchemy.engine import Connection

from me_api.errors import Conflict
from me_api.eventlog import Change, Entry, Transaction
from tests.support import databases
from tests.support.wait import WAIT_SECONDS

TABLES = MetaData()
NOTES = Table(
    "notes",
    TABLES,
    Column("topic", String, primary_key=True),
    Column("key", Integer, primary_key=True),
    Column("rev", Integer, unique=True, nullable=False),
    Column("text", String),
)
UPSERT = text(
    "INSERT INTO notes (topic, key, rev, text) VALUES (:topic, :key, :rev, :text)"
    " ON CONFLICT (topic, key) DO UPDATE SET rev = :rev, text = :text"
)


@dataclass
class Note(Change):
    """Write a note; remember its transaction for the test."""

    topic: str = "note:a"
    key: int = 1
    text: str | None = "hej"
    transaction: Transaction | None = None

    def apply(self, transaction: Transaction) -> int:
        """Return the rev of the note."""
        self.transaction = transaction
        rev = transaction.next_rev()
        body = {"topic": self.topic, "key": self.key, "rev": rev, "text": self.text}
        transaction.connection.execute(UPSERT, body)
        transaction.publish_after_commit(rev, self.topic, self.key, body)
        return rev


class OpensTopics(Note):
    """A change that also changes who may read what."""

    def apply(self, transaction: Transaction) -> int:
        transaction.change_access()
        return super().apply(transaction)


class Refused(Note):
    """A change that raises an `ApiError` before it writes."""

    def apply(self, transaction: Transaction) -> int:
        raise Conflict("no", code="refused")


class Twin(Note):
    """A change that takes a position, writes, and then breaks a constraint."""

    def apply(self, transaction: Transaction) -> int:
        """Write the same primary key twice."""
        rev = super().apply(transaction)
        transaction.connection.execute(NOTES.insert().values(topic=self.topic, key=self.key, rev=0))
        return rev


class Orphan(Note):
    """A change that fails only at COMMIT, by a deferred foreign key."""

    def apply(self, transaction: Transaction) -> int:
        """Refer to a note that does not exist."""
        transaction.connection.exec_driver_sql("INSERT INTO orphans VALUES ('nowhere', 0)")
        return super().apply(transaction)


class Crash(Note):
    """A change with a bug, which raises after it has written."""

    def apply(self, transaction: Transaction) -> int:
        super().apply(transaction)
        raise ZeroDivisionError("a bug")


@dataclass
class Gate(Note):
    """A note that blocks the committer's thread until the test opens the gate."""

    entered: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def apply(self, transaction: Transaction) -> int:
        """Block the native thread until the gate is opened, then write."""
        self.entered.set()
        assert self.opened.wait(WAIT_SECONDS), "nobody opened the gate"
        return super().apply(transaction)


class NotesFeed:
    """Notes by the position of their last change."""

    name = "note"
    reads = 0

    def changes(
        self, connection: Connection, topic: str | None, after: int, upto: int, limit: int
    ) -> list[Entry]:
        """Read the notes with after < rev <= upto."""
        self.reads += 1
        query = select(NOTES).where(NOTES.c.rev > after, NOTES.c.rev <= upto)
        if topic is not None:
            query = query.where(NOTES.c.topic == topic)
        rows = connection.execute(query.order_by(NOTES.c.rev).limit(limit))
        return [Entry(row.rev, row.topic, row.key, dict(row._mapping)) for row in rows]

    def count(self, connection: Connection, topic: str, after: int, upto: int, limit: int) -> int:
        rows = (
            select(NOTES.c.rev)
            .where(NOTES.c.topic == topic, NOTES.c.rev > after, NOTES.c.rev <= upto)
            .limit(limit)
            .subquery()
        )
        return int(connection.execute(select(func.count()).select_from(rows)).scalar_one())


TABLES_OF_NOTES = (
    "CREATE TABLE notes (topic TEXT, key INTEGER, rev BIGINT UNIQUE, text TEXT,"
    " PRIMARY KEY (topic, key))",
    "CREATE TABLE orphans (topic TEXT, key INTEGER, FOREIGN KEY (topic, key)"
    " REFERENCES notes DEFERRABLE INITIALLY DEFERRED)",
)


def create(path: Path) -> str:
    """Create an SQLite database with the log's row and the table of notes; return its URL."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "CREATE TABLE log (id INTEGER PRIMARY KEY, head BIGINT, epoch TEXT, access BIGINT)"
        )
        connection.execute("INSERT INTO log VALUES (1, 0, 'epoch', 0)")
        for statement in TABLES_OF_NOTES:
            connection.execute(statement)
    connection.close()
    return f"sqlite:///{path}"


def add_notes(url: str) -> str:
    """Add the table of notes to a PostgreSQL database of the application; return its URL."""
    with databases.connect(url) as connection:
        for statement in TABLES_OF_NOTES:
            databases.execute(connection, statement)
    return url
