"""A small disk for a database, and what another process may do to the database."""

import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.support.server import LiveServer

MEGABYTES = 256
PAGE = 4096
"""Bytes that a tmpfs allocates at least."""
SHARED_MEMORY = 32_768
"""Bytes of SQLite's -shm file, which must be created even on a full disk."""
BESIDE = ("-wal", "-shm")
"""The suffixes of the files that belong to a database."""


class Disk:
    """The file system of a folder: a tmpfs where it can be mounted, else a limit of file sizes."""

    def __init__(self, folder: Path, *, mount: bool = True) -> None:
        self.folder = folder
        self.mounted = mount and mount_tmpfs(folder)
        self._filler = folder / "filler"

    @property
    def description(self) -> str:
        """Return how a full disk is made."""
        return "a full tmpfs" if self.mounted else "RLIMIT_FSIZE, since no tmpfs can be mounted"

    @contextmanager
    def full(self, server: LiveServer) -> Iterator[None]:
        """Leave no space at all."""
        # Space that the write-ahead log has already would be enough for many commits.
        with closing(sqlite3.connect(server.database, timeout=10)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._fill() if self.mounted else limit_files(server, SHARED_MEMORY)
        try:
            yield
        finally:
            self._filler.unlink(missing_ok=True)
            limit_files(server, resource.RLIM_INFINITY)

    def _fill(self) -> None:
        size, step = 0, MEGABYTES << 20
        with self._filler.open("wb") as filler:
            while step >= PAGE:
                if allocate(filler.fileno(), size, step):
                    size += step
                else:
                    step //= 2

    def close(self) -> None:
        """Unmount the folder; nothing of it is left."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


def mount_tmpfs(folder: Path) -> bool:
    """Mount a small tmpfs; return whether this process may, which as a rule only root's may."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "faults", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def allocate(file: int, start: int, size: int) -> bool:
    """Make a file longer; return whether there was space for it."""
    try:
        os.posix_fallocate(file, start, size)
    except OSError:
        return False
    return True


def limit_files(server: LiveServer, size: int) -> None:
    """Limit the size of the running server's files."""
    assert server.process is not None
    with suppress(ProcessLookupError):
        _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the write lock of a database, as another process does while it writes."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=20)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def remove(path: Path, suffixes: tuple[str, ...]) -> Path:
    """Unlink files of a database at a moment when nothing is being written; return a copy.

    The copy holds all that is committed: what the server commits from then on is lost.
    """
    copy = path.with_suffix(".copy")
    with (
        locked(path),
        closing(sqlite3.connect(path)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        for suffix in suffixes:
            Path(f"{path}{suffix}").unlink(missing_ok=True)
    return copy


def restore(path: Path, copy: Path) -> None:
    """Put a copy in the place of a database that no process uses.

    Nothing was lost, so cursors stay valid: without a record, the server takes it for the original.
    """
    for suffix in BESIDE:
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    copy.replace(path)
    Path(f"{path}.lock").write_text("null")


def replace(path: Path, other: Path) -> Path:
    """Put another database in the place of one that is in use; return a copy of it."""
    copy = remove(path, ("", *BESIDE))
    shutil.copy(other, path)
    return copy
