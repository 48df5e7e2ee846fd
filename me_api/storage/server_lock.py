"""One server for each SQLite database: an advisory lock, and what the next start has to know."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import struct
from contextlib import suppress
from datetime import UTC, datetime

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
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.exists(self._path) and os.access(self._path, os.W_OK):
                self._lock_inode(os.open(self._path, os.O_RDWR))
        except BlockingIOError:
            raise ConfigError(
                f"another server runs on {path}. Stop it first, or choose another database with "
                "ME_API_DATABASE_URL."
            ) from None

    def write(self, record: Record | None) -> None:
        """Keep the record for the next start."""
        data = json.dumps(record).encode()
        # On a full disk the older record stays, which is true as well.
        with suppress(OSError):
            os.pwrite(self._file, data, 0)
            os.ftruncate(self._file, len(data))

    def read(self) -> Record | None:
        """Return the record that the last server has left, unless it was closed in order."""
        try:
            main, wal, mark = json.loads(os.pread(self._file, 1000, 0) or b"null")
        except (TypeError, ValueError):
            return None
        return Record(tuple(main), wal and tuple(wal), mark and Mark(*mark))

    def set_aside_foreign_wal(self, query: str) -> None:
        """Rename a `-wal` that belongs to another database file than the one that has the name.

        SQLite would apply it: a copy that was restored in place of the file would be overwritten.
        """
        record, wal = self.read(), f"{self._path}-wal"
        if record is None or record.wal is None or FileName(wal).identify() != record.wal:
            return
        mark = read_mark(self._path, query)
        # A file that cannot be read alone may be whole together with its `-wal`.
        is_ours = mark is None or record.mark is None or record.mark.may_precede(mark)
        if is_ours and FileName(self._path).identify() == record.main:
            return
        aside = f"{wal}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        os.rename(wal, aside)
        logger.warning(
            "%s was restored or replaced, and its -wal belongs to the file before: it is %s now",
            self._path,
            aside,
        )

    @staticmethod
    def _lock_inode(descriptor: int) -> None:
        # A lock of the open file, not of the process, which SQLite would end by closing the file.
        if command := getattr(fcntl, "F_OFD_SETLK", None):
            lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, LOCKED_BYTE, 1, 0)
            fcntl.fcntl(descriptor, command, lock)
