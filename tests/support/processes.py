"""The processes of the system, read from /proc."""

import os
from contextlib import suppress
from pathlib import Path

from tests.support.wait import wait_until


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has started, zombies included."""
    return [pid for pid in _processes() if _parent(pid) == parent]


def exists(pid: int) -> bool:
    """Return whether there is a process with this number, or a zombie."""
    return Path(f"/proc/{pid}").exists()


def wait_gone(pid: int) -> None:
    """Wait until a process has ended, and has been reaped."""
    wait_until(lambda: not exists(pid), 30, f"the end of process {pid}")


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def _parent(pid: int) -> int | None:
    with suppress(FileNotFoundError, ProcessLookupError):
        stat = Path(f"/proc/{pid}/stat").read_text()
        return int(stat.rpartition(")")[2].split()[1])  # After the name, which may be anything.
    return None
