"""The header of an SQLite database's WAL index, read from the memory that its processes share.

Every commit of any process writes it, and readers compare it to find out whether something was
committed (sqlite.org/walformat.html, sections 2.1 and 2.4). So does the loop: it takes 0.1 µs in
place of a statement's 3.
"""

from __future__ import annotations

import os
import struct
from mmap import MAP_SHARED, PROT_READ, mmap
from pathlib import Path

COPY = struct.Struct("=I44x")
"""One of the two copies of the header, which begins with the version of the format."""
FORMAT = 3_007_000
SIZE = 2 * COPY.size
_MAPPED: dict[tuple[int, int], tuple[mmap, int]] = {}
"""The maps of all files so far, by device and inode, each with the file's descriptor."""


def map_header(path: str) -> mmap | None:
    """Return the header of the database at a path, which this process has open and has read.

    Returns None where it cannot be shown to be the one that SQLite uses.
    """
    name = f"{os.path.realpath(path)}-shm"
    try:
        found = os.stat(name)
        if found.st_size < SIZE or not _is_used(found.st_ino, name):
            return None
        key = found.st_dev, found.st_ino
        if key not in _MAPPED:
            _MAPPED[key] = _map(name)
    except OSError:
        return None
    mapped, descriptor = _MAPPED[key]
    # The name may have been given to another file meanwhile.
    opened = os.fstat(descriptor)
    if (opened.st_dev, opened.st_ino) != key or COPY.unpack_from(mapped)[0] != FORMAT:
        return None
    return mapped


def _map(name: str) -> tuple[mmap, int]:
    # Neither is ever closed: that would end all locks that SQLite has on the file, as POSIX wants
    # it. A server has one such file.
    descriptor = os.open(name, os.O_RDONLY)
    return mmap(descriptor, SIZE, MAP_SHARED, PROT_READ), descriptor


def _is_used(inode: int, name: str) -> bool:
    """Return whether this process, as SQLite, has mapped this file. Only Linux says so."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    return any(line.split(maxsplit=5)[4:] == [str(inode), name] for line in lines)
