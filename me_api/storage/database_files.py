"""Whether the files that have the names of an SQLite database are those that are open.

A file that is deleted or replaced stays open, and SQLite goes on writing to it: what is stored then
is gone at the next start. An old `-wal` does more harm: SQLite would apply it to the file that has
taken the place of the one to which it belongs.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from me_api.errors import ForeignDatabase, StorageUnavailable
from me_api.storage.file_content import FileContent
from me_api.storage.mark import OVERWRITTEN, Record
from me_api.storage.quick_stat import FileId, FileName, Seen
from me_api.storage.wal_index import WalIndex

ATTEMPTS = 10
"""How often the database is opened until its name has stayed with one file meanwhile."""


class DatabaseFiles:
    """The database file, `-wal` and `-shm` of one SQLite database, as this process opened them.

    `query` reads the `Mark`; `sleep` blocks the writer's thread. `on_record` is called with every
    new record. The writer of the database calls all but `have_changed` and `refuse_reader`.
    """

    def __init__(self, path: str, query: str, sleep: Callable[[float], None] = time.sleep) -> None:
        # SQLite resolves symbolic links, and names the other files after the result.
        self._real = os.path.realpath(path)
        self._name = FileName(path)
        self._wal, self._shm = FileName(f"{self._real}-wal"), FileName(f"{self._real}-shm")
        self._index = WalIndex()
        self._content = FileContent(self._real, query, self._index, sleep)
        self._main: FileId | None = None
        self._beside: tuple[FileId | None, FileId | None] = None, None
        self._written = 0, 0
        self._wal_size = 0
        self._anchor: Any = None
        self._foreign: ForeignDatabase | None = None
        self.on_record: Callable[[Record], None] = lambda record: None

    def open(self, connect: Callable[[], Any]) -> None:
        """Open the database by a connection of the driver that stays open until `close`."""
        # As long as it is open, no process may delete the `-wal`: if that is missing, it was not
        # SQLite that deleted it.
        self._anchor, main = self._connect(connect)
        opened = main[0]
        if self._main not in (None, opened):
            raise self._abandon("replaced")
        self._main = opened
        self._beside = self._wal.identify(), self._shm.identify()
        self._index.open(self._real)
        self._note_write(main)

    def close(self) -> None:
        """Close that connection, unless closing it would harm the files that have the names."""
        anchor, self._anchor = self._anchor, None
        if anchor is None:
            return
        if self._foreign is None and not self.have_changed():
            anchor.close()
            self._index.close()
            self._record_end()
        else:
            # Closing the last connection writes the `-wal` into the database file and deletes it
            # by its name. So this one is never closed, not even when Python ends.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(anchor))

    def abandon(self) -> ForeignDatabase:
        """Return the error for files that are ours, but hold another log, or an older state."""
        # Another process has written it by way of SQLite: the `-wal` belongs to it.
        if self._main is not None:
            self.on_record(Record(self._main, None, OVERWRITTEN))
        return self._abandon("restored or replaced")

    def have_changed(self) -> bool:
        """Return whether the writer has to look at the files."""
        main = self._name.find()
        return self._main is not None and (
            self._fault(main) is not None or (main is not None and main[1] != self._written)
        )

    def refuse_reader(self, _connection: Any, _record: Any) -> None:
        """Raise the driver's error for a new connection that would read another database."""
        if self._main is not None and (fault := self._fault(self._name.find())):
            raise sqlite3.OperationalError(f"the database was {fault}")

    def check(self) -> None:
        """Raise `ForeignDatabase` unless all names are those of the open files."""
        main = self._name.find()
        if fault := self._fault(main):
            raise self._abandon(fault, main)

    def before_commit(self, schema: Callable[[], int]) -> None:
        """Raise `ForeignDatabase` if a file was deleted or replaced, or the database overwritten.

        `schema` returns the number of the schema that the writer sees.
        """
        main = self._name.find()
        if fault := self._fault(main):
            raise self._abandon(fault, main)
        # Only a checkpoint writes to the database file, and our own are part of a COMMIT.
        if main is not None and main[1] != self._written:
            self._check_content(main, schema)
        if not self._index.agrees():
            raise self._abandon("overwritten", main)

    def after_commit(self) -> None:
        """Raise `ForeignDatabase` if what was committed is not in the files of these names."""
        main, wal = self._name.find(), self._wal.measure()
        if main is None or wal is None or (main[0], wal[0]) != (self._main, self._beside[0]):
            raise self._abandon(self._fault(main) or "replaced", main)
        if main[1] != self._written:
            self._note_write(main)
        else:
            # Until the next checkpoint, the change is in the -wal alone.
            self._wal_size = wal[1]

    def _connect(self, connect: Callable[[], Any]) -> tuple[Any, Seen]:
        for _ in range(ATTEMPTS):
            before, anchor = self._name.identify(), connect()
            # SQLite opens the `-wal` when it first reads.
            anchor.execute("PRAGMA schema_version").close()
            main = self._name.find()
            if main is not None and before == main[0]:
                return anchor, main
            anchor.close()
        raise StorageUnavailable("The database file is being replaced.")

    def _fault(self, main: Seen | None) -> str | None:
        """Return what has happened to the files, if anything."""
        if main is None:
            return "deleted"
        if main[0] != self._main:
            return "replaced"
        wal = self._wal.measure()
        if (wal and wal[0]) != self._beside[0] or self._shm.identify() != self._beside[1]:
            return "deprived of its -wal or -shm"
        if wal is not None and wal[1] < self._wal_size and not self._is_written():
            return "deprived of what its -wal held"
        return None

    def _is_written(self) -> bool:
        """Return whether the database file has been written, as before its `-wal` is truncated."""
        main = self._name.find()
        return main is not None and main[1] != self._written

    def _note_write(self, main: Seen) -> None:
        """Remember the state of the database file after a write that is part of its history."""
        self._written, self._wal_size = main[1], 0
        self._content.note()
        self.on_record(Record(main[0], self._beside[0], self._content.mark))

    def _record_end(self) -> None:
        """Record the state in which the database file is left, which has no `-wal` any more."""
        main = self._name.find()
        if main is not None and main[0] == self._main:
            self._content.note()
            self.on_record(Record(main[0], None, self._content.mark))

    def _check_content(self, main: Seen, schema: Callable[[], int]) -> None:
        """Accept another process's checkpoint; raise `ForeignDatabase` for a copy."""
        # A checkpoint never takes a change back. A copy from before the last one does, and one
        # that was made later has what is in the `-wal`, too: it changes nothing.
        if not self._content.has_gone_on(schema):
            raise self._abandon("overwritten")
        self._note_write(main)

    def _abandon(self, fault: str, main: Seen | None = None) -> ForeignDatabase:
        if self._foreign is None:
            self._foreign = ForeignDatabase(
                f"The database was {fault} while it was in use: until the server is restarted, "
                "nothing is stored, and what can be read is what was stored before."
            )
            self._save_removed_wal(self._foreign, main)
        # One that is raised again and again would have a longer traceback each time.
        return ForeignDatabase(self._foreign.detail)

    def _save_removed_wal(self, foreign: ForeignDatabase, main: Seen | None) -> None:
        """Copy a `-wal` that was unlinked into the database file, if that is still ours."""
        # Otherwise a kill -9 would lose what had been acknowledged before. Only if nobody has
        # another `-wal` in use, and if the database file is as we left it: it may be a copy that
        # is being restored.
        unharmed = main and main[0] == self._main and main[1] == self._written
        if unharmed and self._wal.identify() is None and self._beside[0] is not None:
            try:
                self._anchor.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
            except sqlite3.Error as error:
                foreign.detail += f" What its -wal held could not be saved: {error}."
