"""A database: read by many connections, written by one."""

from __future__ import annotations

from sqlalchemy import Engine, event

from me_api.storage import engines
from me_api.storage.database_files import DatabaseFiles
from me_api.storage.mark import path_of
from me_api.storage.writer import Writer


class Database:
    """The engines of one database; no connection is opened to files that have replaced its own.

    `mark` is the query for the `Mark` of an SQLite database.
    """

    def __init__(self, readers: Engine, mark: str) -> None:
        self.readers = readers
        path = path_of(readers.url)
        self.files = DatabaseFiles(path, mark) if path else None
        """None if it is not SQLite's."""
        self._guard(readers)

    def writer(self) -> Writer:
        """Create the only writer."""
        return Writer(engines.writer_engine(self.readers.url), self.files)

    def background_engine(self) -> Engine:
        """Create the read-only engine for native threads."""
        engine = engines.background_engine(self.readers.url)
        self._guard(engine)
        return engine

    def _guard(self, engine: Engine) -> None:
        if self.files is not None:
            event.listen(engine, "connect", self.files.refuse_reader)
