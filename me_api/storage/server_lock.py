"""One server for each SQLite database: an advisory lock, and what the next start has to know."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import struct
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from me_api.config import ConfigError
from me_api.storage.mark import Mark, Record, read_mark
from me_api.storage.quick_stat import FileName

logger = logging.getLogger(__name__)

LOCKED_BYTE = 1 << 62
"""Of the database file; SQLite's own locks are at 2³⁰ (sqlite.org/fileformat2.html, 1.4)."""


class ServerLock:
    """The lock of a database, which the system releases when this process has ended.

    It is held on the file NAME.lock, which also holds the `Record`, and on the database file itself
    where the system can do that: so another name of the same file is locked, too.
    """

    def __init__(self, path: str) -> None:
        """Lock the database; raises `ConfigError` if another server has."""
        self._path = os.path.realpath(path)
        # Neither is ever closed: closing a file ends all locks that SQLite has on it (POSIX).
        self._file = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        self._has_database = False
        self._is_new = os.fstat(self._file).st_size == 0
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._is_taken() from None
        self._left = _read(f"{self._path}.lock")
        self.lock_database()

    def lock_database(self) -> None:
        """Lock the database file itself, unless it does not exist yet; raises `ConfigError`."""
        if self._has_database or not os.access(self._path, os.W_OK):
            return
        try:
            self._lock_inode(os.open(self._path, os.O_RDWR))
        except BlockingIOError:
            raise self._is_taken() from None
        self._has_database = True

    def _is_taken(self) -> ConfigError:
        return ConfigError(
            f"another server runs on {self._path}. Stop it first, or choose another database with "
            "ME_API_DATABASE_URL."
        )

    def is_copied(self, epoch: str, head: int, query: str) -> bool:
        """Return whether the database is another file, or in an older state, than it was left in.

        `epoch` and `head` are those that it has now, together with its `-wal`.
        """
        # A file that was served has a record beside it: without one, it came from elsewhere.
        if self._is_new:
            return True
        # Servers of earlier versions left none when they ended in order.
        if (left := self._left) is None:
            return False
        if FileName(self._path).identify() != left.main:
            return True
        if left.mark is None:
            return False
        # A new epoch may have been only in the `-wal`.
        alone = read_mark(self._path, query)
        epochs = {epoch, alone.epoch if alone else epoch}
        return left.mark.epoch not in epochs or head < left.mark.head

    def accept(self, query: str) -> None:
        """Record the database as it is: the next server goes on with its epoch."""
        if (main := FileName(self._path).identify()) is not None:
            self.write(Record(main, None, read_mark(self._path, query)))

    def write(self, record: Record) -> None:
        """Keep the record for the next start."""
        data = json.dumps(record).encode()
        # On a full disk the older record stays, which is true as well.
        with suppress(OSError):
            os.pwrite(self._file, data, 0)
            os.ftruncate(self._file, len(data))

    def set_aside_foreign_wal(self, query: str) -> None:
        """Rename a `-wal` that belongs to another database file than the one that has the name.

        SQLite would apply it: a copy that was restored in place of the file would be overwritten.
        """
        if not has_foreign_wal(self._path, query):
            return
        aside = f"{self._path}-wal.{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        os.rename(f"{self._path}-wal", aside)
        logger.warning(
            "%s was restored or replaced, and its -wal belongs to the file before: it is %s now",
            self._path,
            aside,
        )

    @staticmethod
    def _lock_inode(descriptor: int) -> None:
        # A lock of the open file, not of the process, which SQLite would end by closing the file.
        if sys.platform == "linux":
            lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, LOCKED_BYTE, 1, 0)
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, lock)


def is_locked(path: str) -> bool:
    """Return whether a server has locked a database."""
    # Unlike the database file, this one may be closed: SQLite has no locks on it.
    try:
        file = os.open(f"{os.path.realpath(path)}.lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def has_foreign_wal(path: str, query: str) -> bool:
    """Return whether the `-wal` belongs to another database file than the one that has the name."""
    path = os.path.realpath(path)
    record = _read(f"{path}.lock")
    if record is None or record.wal is None or FileName(f"{path}-wal").identify() != record.wal:
        return False
    if FileName(path).identify() != record.main:
        return True
    mark = read_mark(path, query)
    # A file that cannot be read alone may be whole together with its `-wal`.
    return mark is not None and record.mark is not None and not record.mark.may_precede(mark)


def _read(path: str) -> Record | None:
    """Read the record that the last server has left, if there is one."""
    try:
        main, wal, mark = json.loads(Path(path).read_bytes() or b"null")
    except (FileNotFoundError, PermissionError, TypeError, ValueError):
        return None
    return Record(tuple(main), wal and tuple(wal), mark and Mark(*mark))
