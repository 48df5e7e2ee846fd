"""Copying a database: all of it, then what has changed since, until no server uses it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from me_api.copying.destination import Destination
from me_api.copying.source import Source
from me_api.copying.tables import (
    BY_REV,
    SESSIONS,
    WHOLE,
    changes,
    compare,
    delete_others,
    delete_pruned,
    write_changes,
    write_whole,
)

LOOK_SECONDS = 0.25
"""Seconds between two looks whether the server has been stopped."""
SHOWN = 100_000
"""After so many rows, the progress is shown."""

Say = Callable[[str], None]


def copy(source: Source, target: Destination, *, snapshot: bool, say: Say) -> dict[str, int]:
    """Copy a database, and return the number of rows of each table.

    Waits until no server uses the source, and copies meanwhile what changes. The log keeps its
    epoch. A `snapshot` is what the source is at one moment; it has a new epoch, and no sessions,
    whose positions are of the old one. So has the copy of a backup. Raises `Different` or
    `DBAPIError`: nothing was copied then.
    """
    copied, waiting = 0, False
    while not snapshot and source.in_use():
        with source.moment(locked=False) as state:
            _copy_changes(source, target, copied, state.position.head, say)
        copied = state.position.head
        if not waiting:
            say(f"Copied up to position {copied}. The rest follows when the server is stopped.")
            waiting = True
        time.sleep(LOOK_SECONDS)
    with source.moment(locked=not snapshot) as state:
        _copy_changes(source, target, copied, state.position.head, say)
        anew = snapshot or state.backup
        if not anew:
            write_whole(source.connection, target.connection, SESSIONS)
        compared = [*WHOLE, *BY_REV] if anew else [*WHOLE, SESSIONS, *BY_REV]
        counts = compare(source.connection, target.connection, compared)
    target.finish(state, secrets.token_hex(8) if anew else state.position.epoch)
    return counts


def _copy_changes(source: Source, target: Destination, copied: int, head: int, say: Say) -> None:
    for table in WHOLE:
        write_whole(source.connection, target.connection, table)
    for table in BY_REV:
        upto, count = copied, 0
        for rows in changes(source.connection, table, copied, head):
            upto = write_changes(target.connection, table, upto, rows)
            count += len(rows)
            if count % SHOWN < len(rows) and count >= SHOWN:
                say(f"{count:,} {table.name} copied")
    delete_pruned(source.connection, target.connection)
    target.index(head)
    for table in WHOLE:
        delete_others(source.connection, target.connection, table)
