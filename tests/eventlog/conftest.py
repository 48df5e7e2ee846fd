"""A log on a real database, without a server."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import waiting
from sqlalchemy import Engine, create_engine, event

from me_api.eventlog import Change, EventLog, Subscriber
from me_api.eventlog.commit import Commit
from me_api.eventlog.committer import Committer
from me_api.eventlog.position import Position
from me_api.eventlog.postgresql_writer import PostgresqlWriter
from me_api.eventlog.sqlite_writer import SqliteWriter
from me_api.eventlog.writer import Writer
from me_api.storage import engines
from me_api.storage.loop_pool import LoopPool
from me_api.storage.write_connection import WriteConnection
from me_api.transport import install_database_wait
from tests.eventlog.example_feature import Gate, NotesFeed, add_notes, create
from tests.eventlog.loops import RecordingSink, StoppableLoop, Together
from tests.eventlog.other_process import OtherProcess
from tests.support import databases
from tests.support.databases import DATABASE

numbers = itertools.count(1)


@pytest.fixture
def loop() -> Iterator[StoppableLoop]:
    """Create a loop that runs in the test's own thread."""
    made = StoppableLoop()
    if DATABASE == "postgresql":
        install_database_wait(waiting)
    yield made
    made.stop()


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Create a database; return its URL."""
    if DATABASE == "sqlite":
        yield create(tmp_path / "log.sqlite")
        return
    made = request.getfixturevalue("databases")
    yield (url := add_notes(made.create(tmp_path)))
    made.drop(url)


@pytest.fixture
def other_process(database: str) -> Iterator[OtherProcess]:
    """Open the database as another process does."""
    process = OtherProcess(database)
    yield process
    process.connection.close()


class FaultInjector:
    """Records the committer's statements, and makes some of them fail as a broken disk does.

    `failing` holds prefixes of statements; `pages` limits the size of the database.
    """

    def __init__(self, engine: Engine) -> None:
        self.failing: set[str] = set()
        self.statements: list[str] = []
        self.pages: int | None = None
        self._error = engine.dialect.loaded_dbapi.OperationalError
        event.listen(engine, "do_execute", lambda _, statement, *__: self._execute(statement))
        if engine.dialect.name == "sqlite":
            event.listen(engine, "do_connect", self._watch)
        event.listen(engine, "connect", self._connect)

    def _watch(self, _dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
        execute = self._execute

        class Connection(sqlite3.Connection):
            """A connection of the driver; what goes through SQLAlchemy is recorded there."""

            def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
                execute(sql)
                return super().execute(sql, *values)

            def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
                execute(sql)
                return super().executemany(sql, *values)

        options["factory"] = Connection

    def _execute(self, statement: str) -> None:
        self.statements.append(statement)
        if statement.startswith(tuple(self.failing)):
            raise self._error("disk I/O error")

    def _connect(self, connection: Any, _record: Any) -> None:
        if self.pages is not None:
            connection.execute(f"PRAGMA max_page_count={self.pages}").close()


class Bench:
    """A committer whose statements and commits are recorded."""

    def __init__(self, loop: StoppableLoop, url: str) -> None:
        self.loop = loop
        self.engine = engines.writer_engine(url)
        self.faults = FaultInjector(self.engine)
        self.commits: list[Commit] = []
        self.committer = Committer(loop, self._writer(url), self.commits.append)

    def _writer(self, url: str) -> Writer:
        if DATABASE == "sqlite":
            return SqliteWriter(WriteConnection(self.engine))
        with databases.connect(url) as connection:
            ((head, epoch),) = databases.execute(connection, "SELECT head, epoch FROM log")

        def published() -> Position:
            return Position(self.commits[-1].head if self.commits else head, epoch)

        name = f"bench/{next(numbers)}"
        return PostgresqlWriter(self.engine, name, published, self.loop.sleep_in_thread)

    def submit(self, change: Change) -> Any:
        """Submit a change; return its result or its error."""
        return self.loop.together(lambda: self.committer.submit(change))[0]

    def batch(self, *changes: Change) -> list[Any]:
        """Submit changes so that the committer takes all of them in one batch."""
        gate, waiting = self.hold(*changes)
        gate.opened.set()
        return waiting.wait()

    def hold(self, *changes: Change) -> tuple[Gate, Together]:
        """Queue changes behind one that blocks the committer until its gate is opened."""
        gate = Gate(topic="note:gate")
        self.committer.submit_nowait(gate)
        self.loop.wait_until(gate.entered.is_set)
        waiting = self.loop.start(
            [lambda change=change: self.committer.submit(change) for change in changes]
        )
        self.loop.turn()
        return gate, waiting


@pytest.fixture
def bench(loop: StoppableLoop, database: str) -> Iterator[Bench]:
    """Create a committer of the database."""
    made = Bench(loop, database)
    yield made
    made.faults.failing.clear()
    loop.together(made.committer.close)


@pytest.fixture
def readers(database: str, loop: StoppableLoop) -> Iterator[Engine]:
    """Open the database for reading, as the application does."""
    engine = create_engine(database, **engines.reader_options(database, loop))
    engines.make_read_only(engine)
    yield engine
    close_readers(loop, engine)


def close_readers(loop: StoppableLoop, engine: Engine) -> None:
    """Close the readers' connections, once none is in use any more."""
    loop.stop()
    if isinstance(engine.pool, LoopPool):
        loop.wait_until(lambda: not engine.pool.checkedout())
    engine.dispose()


@pytest.fixture
def feed() -> NotesFeed:
    """Create the feed of notes."""
    return NotesFeed()


@pytest.fixture
def log(loop: StoppableLoop, readers: Engine, feed: NotesFeed) -> Iterator[EventLog]:
    """Create a log of notes."""
    made = EventLog(loop, readers, [feed])
    assert made.delivered == 0
    yield made
    loop.together(made.close)


Subscribe = Callable[..., tuple[Subscriber, RecordingSink]]


@pytest.fixture
def subscribe(loop: StoppableLoop, log: EventLog) -> Subscribe:
    """Return a function that subscribes a sink to topics, after a position."""

    def begin(*topics: str, after: int = 0, holds: bool = False) -> Any:
        sink = RecordingSink(loop)
        sink.holds = holds
        subscriber = Subscriber(sink, dict.fromkeys(topics or ("note:a",), 0), after)
        start = loop.start([lambda: log.tail.start(subscriber)])
        # Reading what it has missed may take several turns.
        loop.wait_until(lambda: start.ended or sink.waiting)
        assert start.outcomes == [None]
        return subscriber, sink

    return begin


Write = Callable[..., list[int]]


@pytest.fixture
def write(loop: StoppableLoop, log: EventLog) -> Write:
    """Return a function that commits notes through the log, one after the other."""

    def commit(*notes: Change) -> list[int]:
        return [loop.together(lambda note=note: log.commit(note))[0] for note in notes]

    return commit
