"""Writing and checking a backup of an SQLite database, also while a server uses it."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from me_api.config import ConfigError
from me_api.storage.mark import MARK_BACKUP, path_of
from me_api.storage.server_lock import is_locked

PAGES = 4096
"""Pages of the database that are copied between two reports of the progress."""
BESIDE = ("", "-wal", "-shm", "-lock", ".lock")
"""What is added to the name of a database for the files that belong to it."""

_TABLES = """
SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_words%'
AND name NOT LIKE 'sqlite_%' ORDER BY name
"""

Progress = Callable[[int, int], None]
"""Called with the pages that remain, and the number of all."""


class DamagedBackup(Exception):
    """What was written is not a sound copy of the database."""


class Contents(NamedTuple):
    """What a database holds at one moment: the log's position, and the rows of each table."""

    epoch: str
    head: int
    rows: dict[str, int]


def back_up(readers: Engine, target: Path, *, replace: bool, progress: Progress) -> Contents:
    """Write a backup to a file of mode 600 and return its contents; the file is whole or not there.

    It is what the database is at the moment at which this begins. Raises `ConfigError`,
    `DamagedBackup`, `OSError`, or what the driver raises.
    """
    path = path_of(readers.url)
    assert path is not None, "only SQLite's are backed up"
    _check_target(target, path, replace)
    # In the same file system, because only there it can be given its name at once.
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        written = Path(folder) / target.name
        _create(written)
        contents = _write(readers, written, progress)
        if not replace:
            # It fails if somebody has created the file meanwhile.
            _create(target)
        os.replace(written, target)
    _sync(target.parent)
    return contents


def _check_target(target: Path, path: str, replace: bool) -> None:
    if not target.parent.is_dir():
        raise ConfigError(f"there is no folder {target.parent}.")
    real = os.path.realpath(target)
    if real in [os.path.realpath(path) + suffix for suffix in BESIDE]:
        raise ConfigError(f"{target} belongs to the database itself.")
    if not target.exists():
        return
    if not replace:
        raise ConfigError(f"{target} exists already: choose another name, or --replace it.")
    if not target.is_file() or target.samefile(path):
        raise ConfigError(f"{target} cannot be replaced.")
    if is_locked(str(target)):
        raise ConfigError(f"a server runs on {target}.")


def _write(readers: Engine, path: Path, progress: Progress) -> Contents:
    """Copy the database into an empty file, mark it, check it, and write it to the disk."""
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        # A power cut leaves nothing of value: it has no name yet.
        copy.execute("PRAGMA synchronous = OFF").close()
        with readers.connect() as connection:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            # In one transaction: otherwise each commit of the server would begin the copy anew.
            source.execute("BEGIN").close()
            try:
                contents = _contents(source)
                source.backup(
                    copy, pages=PAGES, progress=lambda _, left, all_: progress(left, all_)
                )
            finally:
                source.execute("ROLLBACK").close()
        # One file, which can be copied as it is: the server turns the -wal on again.
        copy.execute("PRAGMA journal_mode = DELETE").close()
        copy.execute(MARK_BACKUP).close()
        _check(copy, contents)
    _sync(path)
    return contents


def _contents(connection: sqlite3.Connection) -> Contents:
    epoch, head = connection.execute("SELECT epoch, head FROM log").fetchone()
    tables = [name for (name,) in connection.execute(_TABLES)]
    rows = {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables
    }
    return Contents(epoch, head, rows)


def _check(copy: sqlite3.Connection, expected: Contents) -> None:
    faults = [text for (text,) in copy.execute("PRAGMA integrity_check")]
    if faults != ["ok"]:
        raise DamagedBackup(f"SQLite finds it damaged: {faults[0]}")
    if broken := copy.execute("PRAGMA foreign_key_check").fetchone():
        raise DamagedBackup(f"a row of {broken[0]} refers to one of {broken[2]} that is missing")
    if _contents(copy) != expected:
        raise DamagedBackup("it does not hold as much as the database")


def _create(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _sync(path: Path) -> None:
    """Write a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
