"""What happens to the files of a database while a server uses them."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.storage.files import names

Fault = Callable[[Path, Path], None]
"""Does something to a database; the second path is a copy that was made before."""


def delete_all(database: Path, _: Path) -> None:
    for path in names(database):
        path.unlink(missing_ok=True)


def delete_database(database: Path, _: Path) -> None:
    database.unlink()


def delete_wal(database: Path, _: Path) -> None:
    names(database)[1].unlink()


def delete_shm(database: Path, _: Path) -> None:
    names(database)[2].unlink()


def delete_both_beside(database: Path, _: Path) -> None:
    for path in names(database)[1:]:
        path.unlink()


def move(database: Path, _: Path) -> None:
    database.rename(database.with_suffix(".moved"))


def move_folder(database: Path, _: Path) -> None:
    shutil.copytree(database.parent, database.parent.with_suffix(".copy"))
    database.parent.rename(database.parent.with_suffix(".moved"))
    database.parent.with_suffix(".copy").rename(database.parent)


def replace_by_copy(database: Path, older: Path) -> None:
    os.replace(shutil.copy(older, older.with_suffix(".new")), database)


def replace_all_by_copy(database: Path, older: Path) -> None:
    delete_all(database, older)
    shutil.copy(older, database)


def overwrite_by_copy(database: Path, older: Path) -> None:
    shutil.copy(older, database)


def overwrite_without_wal(database: Path, older: Path) -> None:
    delete_both_beside(database, older)
    shutil.copy(older, database)


def restore_by_sqlite(database: Path, older: Path) -> None:
    with closing(sqlite3.connect(older)) as source, closing(sqlite3.connect(database)) as target:
        source.backup(target)


def truncate(database: Path, _: Path) -> None:
    os.truncate(database, 0)


def truncate_wal(database: Path, _: Path) -> None:
    os.truncate(names(database)[1], 0)


def overwrite_wal(database: Path, _: Path) -> None:
    """Copy a shorter one over it, as `cp` does when a backup is restored."""
    wal = names(database)[1]
    shorter = wal.read_bytes()[: wal.stat().st_size // 2]
    wal.write_bytes(shorter)


def overwrite_database_and_wal(database: Path, older: Path) -> None:
    """Copy both over them, as `cp` does, from the same state between two checkpoints."""
    for path, copied in zip(names(database)[:2], names(older)[:2], strict=True):
        path.write_bytes(copied.read_bytes())


def spoil_wal_end(database: Path, _: Path) -> None:
    """Write something into the last frame."""
    with names(database)[1].open("r+b") as wal:
        wal.seek(-4120, os.SEEK_END)
        wal.write(b"\xff" * 100)


LOSING = [delete_all, delete_database, move]
KEEPING = [delete_wal, delete_shm, delete_both_beside, move_folder]
RESTORING = [replace_by_copy, replace_all_by_copy, overwrite_by_copy, overwrite_without_wal]
RESTORING += [restore_by_sqlite]
