"""Another process that writes to the log of a test."""

import re
import sqlite3
from typing import Any

from tests.eventlog.example_feature import UPSERT
from tests.support import postgresql


class OtherProcess:
    """Another process's connection to the same database. It waits without running the loop."""

    def __init__(self, url: str) -> None:
        self._sqlite = url.startswith("sqlite")
        self.connection: Any
        if self._sqlite:
            path = url.removeprefix("sqlite:///")
            self.connection = sqlite3.connect(path, timeout=10, isolation_level=None)
        else:
            self.connection = postgresql.connect(url)

    def lock(self) -> None:
        """Begin a transaction in which no other process can write."""
        if self._sqlite:
            self.connection.execute("BEGIN IMMEDIATE")
        else:
            self.connection.execute("BEGIN")
            self.connection.execute("SELECT 1 FROM log FOR UPDATE")

    def unlock(self) -> None:
        self.connection.execute("ROLLBACK")

    def wait_for_no_lock(self) -> None:
        """Raise an error of the driver from now on, instead of waiting for a lock."""
        text = "PRAGMA busy_timeout=0" if self._sqlite else "SET lock_timeout = '1ms'"
        self.connection.execute(text)

    def write(self, topic: str = "note:a", key: int = 1, text: str | None = "foreign") -> int:
        """Commit a note as another process's committer does; return its rev."""
        self.lock()
        rev = self.head() + 1
        self._execute(UPSERT.text, topic=topic, key=key, rev=rev, text=text)
        self._execute("UPDATE log SET head = :rev", rev=rev)
        self.connection.execute("COMMIT")
        return rev

    def head(self) -> int:
        """Read the head that is on disk."""
        head: int = self.connection.execute("SELECT head FROM log").fetchone()[0]
        return head

    def notes(self) -> dict[tuple[str, int], dict[str, Any]]:
        """Read all notes that are on disk."""
        names = ("topic", "key", "rev", "text")
        rows = self.connection.execute("SELECT topic, key, rev, text FROM notes")
        return {(row[0], row[1]): dict(zip(names, row, strict=True)) for row in rows}

    def _execute(self, statement: str, **values: Any) -> None:
        if not self._sqlite:
            statement = re.sub(r":(\w+)", r"%(\1)s", statement)
        self.connection.execute(statement, values)
