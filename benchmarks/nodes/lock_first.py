"""Run the server as `benchmarks.entry` does, but lock the log before a batch is decided."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import entry
from me_api.eventlog.change import Change
from me_api.eventlog.postgresql_writer import PostgresqlWriter
from me_api.eventlog.writer import Written


def write(self: PostgresqlWriter, changes: Sequence[Change]) -> Written:
    """Write the changes in a transaction of several statements, as the rare ones are written."""
    written = self._write_locked(changes)
    # The first one of a server finds out the timeline.
    return written or write(self, changes)


if __name__ == "__main__":
    PostgresqlWriter.write = write  # type: ignore[method-assign]
    entry.run()
