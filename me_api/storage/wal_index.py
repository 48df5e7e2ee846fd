"""SQLite's index of a `-wal`, which is the `-shm` (https://sqlite.org/walformat.html).

An older state that is copied into the `-wal` leaves its name and its inode: SQLite would go on
writing behind it, and the next start would find the older state alone.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
import sys
from collections.abc import Callable
from contextlib import suppress

ATTEMPTS = 10
"""How often both are read while another process writes them."""
_INDEX = struct.Struct("=14xHI4xII8s8x")
"""Of the index: the size of a page, the last frame, its checksum, and the salt of all frames."""
_WAL_HEADER, _FRAME_HEADER = 32, 24
_CHECKSUMMED = struct.Struct(">8sII")
"""Of a frame's header: the salt and the checksum of all that precedes it."""
_Buffer = ctypes.c_char * _INDEX.size

CHECKPOINT_BYTE = 121
"""Of the `-shm`: locked by a checkpoint, from before its first write until after its last."""
_IS_MAC = sys.platform == "darwin"
_LOCK = struct.Struct("qqihh" if _IS_MAC else "hhqqi4x")
"""A `struct flock`: type, whence, start, length and process; on macOS the first two are last."""

Read = Callable[[int, int, int], bytes]
"""Returns bytes of an open file, so many, from a position."""


_in_use: list[int] = []
"""Files of databases that were closed, to which connections of this process may still be open."""


class WalIndex:
    """The `-wal` and `-shm` of a database in use."""

    def __init__(self) -> None:
        self._files: list[int] = []

    def open(self, path: str) -> None:
        """Open both files of the database with this path, if there are any."""
        self.close()
        for name in (f"{path}-wal", f"{path}-shm"):
            with suppress(FileNotFoundError):
                self._files.append(os.open(name, os.O_RDONLY | os.O_CLOEXEC))

    def agrees(self) -> bool:
        """Return whether the last frame that was committed is where the index says.

        To be asked in a transaction that has locked the database, before its COMMIT: only the
        process that holds that lock writes the index.
        """
        if len(self._files) < 2:
            return True
        wal, shm = self._files
        for _ in range(ATTEMPTS):
            index = _read(shm, _INDEX.size, 0)
            if _has_last_frame(wal, index):
                return True
            if index == _read(shm, _INDEX.size, 0):
                return False
        return True

    def is_checkpointing(self) -> bool:
        """Return whether another process is writing the database file."""
        if len(self._files) < 2:
            return False
        fields = fcntl.F_WRLCK, os.SEEK_SET, CHECKPOINT_BYTE, 1, 0
        asked = _LOCK.pack(*fields[2:], *fields[:2]) if _IS_MAC else _LOCK.pack(*fields)
        found = _LOCK.unpack(fcntl.fcntl(self._files[1], fcntl.F_GETLK, asked))
        held: int = found[3 if _IS_MAC else 0]
        return held != fcntl.F_UNLCK

    def close(self) -> None:
        """Close the files that SQLite has deleted, as it does with the last connection."""
        # To close one that is in use would end all locks of this process on the `-shm`. It is
        # closed when another database is opened or closed.
        _in_use.extend(self._files)
        self._files = []
        for file in tuple(_in_use):
            if not os.fstat(file).st_nlink:
                _in_use.remove(file)
                os.close(file)


def _has_last_frame(wal: int, index: bytes) -> bool:
    """Return whether a `-wal` has the last frame that its index names."""
    if len(index) < _INDEX.size:
        return False
    page_size, last, *checksum, salt = _INDEX.unpack(index)
    if not last:
        return True
    # 65,536 does not fit into the field, and is 1 there.
    page_size = page_size & 0xFE00 | (page_size & 1) << 16
    position = _WAL_HEADER + (last - 1) * (page_size + _FRAME_HEADER)
    header = _CHECKSUMMED.pack(salt, *checksum)
    return _read(wal, _CHECKSUMMED.size, position + 8) == header


def _load() -> Read:
    # PyDLL keeps Python's global lock during the call: see `FileName`.
    pread = getattr(ctypes.PyDLL(None), "pread64", None) if sys.platform == "linux" else None
    if pread is None:
        return os.pread
    pread.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64)
    pread.restype = ctypes.c_ssize_t

    def read(file: int, size: int, position: int) -> bytes:
        buffer = _Buffer()
        count = pread(file, buffer, size, position)
        return buffer.raw[:count] if count >= 0 else os.pread(file, size, position)

    return read


_read = _load()
