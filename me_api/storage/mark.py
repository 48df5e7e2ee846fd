"""The marks by which an SQLite database file and a backup of one are recognised; its path."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from sqlalchemy.engine import URL, make_url

from me_api.errors import StorageUnavailable
from me_api.storage.quick_stat import FileId

READ_BACKUP = "PRAGMA user_version"
"""Reads `BACKUP` from a backup, and 0 from any other database; a copy of a backup is one, too."""
MARK_BACKUP = "PRAGMA user_version = 1"
UNMARK_BACKUP = "PRAGMA user_version = 0"
BACKUP = 1
"""In the header of the file, whose field `user_version` SQLite leaves to applications."""

_UNREADABLE = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Mark(NamedTuple):
    """The id of a log, the number of its schema, and a number that only grows."""

    epoch: str
    schema: int
    head: int

    def may_precede(self, other: Mark | None) -> bool:
        """Return whether the other may be a later state of the same file."""
        # A copy by VACUUM INTO or by the backup API has another number of the schema.
        return other is not None and self[:2] == other[:2] and self.head <= other.head


class Record(NamedTuple):
    """What the last server has left: which file, and in which state, for the next start to compare.

    `wal` is None if none belongs to the file. `mark` is that of the database file alone, without
    what is only in the `-wal`; None if it has none yet.
    """

    main: FileId
    wal: FileId | None
    mark: Mark | None


OVERWRITTEN = Mark("", 0, 0)
"""The mark in the record of a file that another log, or an older state, has been written to."""


def path_of(url: str | URL) -> str | None:
    """Return the path of an SQLite database; None for another database."""
    url = make_url(url)
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    is_uri = url.database.startswith("file:")
    return unquote(urlsplit(url.database).path) if is_uri else url.database


def read_mark(path: str, query: str, *, may_be_short: bool = False) -> Mark | None:
    """Read the mark from a database file alone; None if there is none, or if it is damaged.

    With `may_be_short`, the file may have fewer pages than it says. Raises `StorageUnavailable` if
    it cannot be read or does not exist.
    """
    # Not opened by ourselves: closing a file ends all locks that SQLite has on it (POSIX).
    try:
        uri = f"{Path(path).as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            if may_be_short:
                # Nothing is written: SQLite only leaves out this check (`lockBtree`).
                connection.execute("PRAGMA writable_schema = ON")
            row = connection.execute(query).fetchone()
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF in _UNREADABLE:
            return None
        raise StorageUnavailable(f"The database file cannot be read: {error}.") from error
    return Mark(*row) if row else None
