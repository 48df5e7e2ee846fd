"""What an SQLite database file holds alone, without its `-wal`: checkpoints take nothing back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from me_api.errors import StorageUnavailable
from me_api.storage.mark import Mark, read_mark
from me_api.storage.quick_stat import FileName
from me_api.storage.wal_index import WalIndex

CHECKPOINT_SECONDS = 2.0
"""How long the writer waits for another process to write the whole file."""
REST_SECONDS = 0.02
"""Longer than a clock's tick: two writes so far apart leave the file with different times."""


class FileContent:
    """The mark of a database file that is in use; `sleep` blocks the committer's thread."""

    def __init__(
        self, path: str, query: str, index: WalIndex, sleep: Callable[[float], None]
    ) -> None:
        self._path, self._name = path, FileName(path)
        self._query = query
        self._index = index
        self._sleep = sleep
        self._size = 0
        self.mark: Mark | None = None

    def read(self) -> Mark | None:
        """Read the mark; None if there is none, or if the file cannot be read by itself."""
        found = self._name.find()
        # A checkpoint writes the first page first: until the last one is there, the file is
        # shorter than that says. It is never shorter than it was before.
        has_grown = found is not None and found[1][1] >= self._size
        return read_mark(self._path, self._query, may_be_short=has_grown)

    def note(self) -> None:
        """Remember the mark, after a write that is part of the file's history."""
        found = self._name.find()
        # An older mark will do: the file never holds less than it did.
        with suppress(StorageUnavailable):
            self.mark = self.read() or self.mark
        if found is not None:
            self._size = found[1][1]

    def has_gone_on(self, schema: Callable[[], int]) -> bool:
        """Return whether the file is in a later state than the mark, or the same.

        `schema` returns the number of the schema that the writer sees.
        """
        deadline = monotonic() + CHECKPOINT_SECONDS
        while not self._is_later(schema):
            # What is read while another process writes page after page may be anything.
            before = self._name.find()
            self._sleep(REST_SECONDS)
            if self._is_later(schema):
                break
            if not self._index.is_checkpointing() and self._name.find() == before:
                return False
            if monotonic() > deadline:
                raise self._is_locked()
        return True

    def _is_later(self, schema: Callable[[], int]) -> bool:
        now, ours = self.read(), self.mark
        if ours and now and ours.schema < now.schema <= schema():
            # Another process has changed the schema, and the writer sees the change. A later change
            # may be in the `-wal` alone.
            ours = ours._replace(schema=now.schema)
        return ours is None or ours.may_precede(now)

    @staticmethod
    def _is_locked() -> StorageUnavailable:
        error = StorageUnavailable("Nothing was stored: another process writes the database file.")
        error.reason = "locked"
        return error
