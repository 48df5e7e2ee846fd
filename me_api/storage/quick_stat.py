"""Which file a name stands for, asked without giving up Python's global lock."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from typing import Any

from me_api.errors import StorageUnavailable

_AT_FDCWD = ctypes.c_int(-100)
_NO_FLAGS = ctypes.c_int(0)
_IDENTITY = ctypes.c_uint(0x100)
_IDENTITY_AND_SIZE = ctypes.c_uint(0x300)
_IDENTITY_AND_STATE = ctypes.c_uint(0x340)
"""Which fields are asked for: the inode; and the size; and the time of the last change, too."""
_FIELDS = struct.Struct("=32xQQ64xqI12xII")
"""Of `struct statx` (statx(2)): inode, size, mtime, and device; the same on all machines."""
_Buffer = ctypes.c_char * 256

FileId = tuple[int, int, int]
"""Which file it is, whatever its name: device (major and minor) and inode."""

State = tuple[int, int]
"""The time and the size of a file, which change with its content."""

Seen = tuple[FileId, State]


class FileName:
    """A name of a file, which may stand for another file at any time."""

    # Not `os.stat`: it would release the global lock, for which the committer's thread, which asks
    # several times per commit, would have to wait each time while the loop is busy.

    def __init__(self, path: str) -> None:
        self._path = path
        self._encoded = ctypes.c_char_p(os.fsencode(path))

    def find(self) -> Seen | None:
        """Return the file that the name stands for; None if there is none.

        Raises `StorageUnavailable` if that cannot be found out.
        """
        return self._find(_IDENTITY_AND_STATE)

    def identify(self) -> FileId | None:
        """Return which file the name stands for; None if there is none."""
        # Without its time: once that is asked for, Linux gives the next write one of its own.
        found = self._find(_IDENTITY)
        return None if found is None else found[0]

    def measure(self) -> tuple[FileId, int] | None:
        """Return which file the name stands for, and its size; None if there is none."""
        found = self._find(_IDENTITY_AND_SIZE)
        return None if found is None else (found[0], found[1][1])

    def _find(self, mask: ctypes.c_uint) -> Seen | None:
        """Return the file, with its state if the mask asks for it."""
        if _statx is not None:
            buffer = _Buffer()
            if _statx(_AT_FDCWD, self._encoded, _NO_FLAGS, mask, buffer) == 0:
                inode, size, seconds, nanoseconds, major, minor = _FIELDS.unpack_from(buffer)
                return (major, minor, inode), (seconds * 1_000_000_000 + nanoseconds, size)
        return self._find_slowly()

    def _find_slowly(self) -> Seen | None:
        try:
            found = os.stat(self._path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StorageUnavailable(
                f"The database file cannot be found: {error.strerror}."
            ) from error
        device = os.major(found.st_dev), os.minor(found.st_dev)
        return (*device, found.st_ino), (found.st_mtime_ns, found.st_size)


def _load_statx() -> Any:
    # PyDLL keeps the global lock during the call.
    return getattr(ctypes.PyDLL(None), "statx", None) if sys.platform == "linux" else None


_statx = _load_statx()
