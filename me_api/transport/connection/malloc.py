"""Returning memory to the operating system after a burst of connections.

glibc returns freed memory above a threshold, but raises that threshold whenever a large block is
freed, so that the memory of a burst stays with the process. Setting the thresholds disables this
(mallopt(3)). Blocks of many sizes leave holes below the top of the heap, too, which glibc keeps
until it is told to trim it. Other C libraries have neither.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import eventlet

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt, from malloc.h."""
THRESHOLD_BYTES = 128 * 1024
"""The initial value of both in glibc."""
LOOK_SECONDS = 2.0
"""Seconds between two looks at the size of the process."""
TRIM_BYTES = 2_000_000
"""The heap is trimmed when the process is so much larger than it was, and stays so."""
GAIN_BYTES = 500_000
"""After a trim that returned less, the next one comes after twice the time."""
MAX_PAUSE = 300.0
"""Seconds between two trims, at most."""
TRIM_SHARE = 0.001
"""Of the time, trims may take so much: one takes a microsecond for each hole in the heap."""
_STATM = Path("/proc/self/statm")


def limit_malloc_cache() -> None:
    """Fix the thresholds above which glibc returns freed memory to the operating system."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(TRIM_THRESHOLD, THRESHOLD_BYTES)
        mallopt(MMAP_THRESHOLD, THRESHOLD_BYTES)


class HeapTrimmer:
    """Returns free pages to the operating system after each burst, however it came."""

    def __init__(self) -> None:
        # Other systems have no such file.
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if _STATM.exists() else None
        self._page_size = os.sysconf("SC_PAGE_SIZE")
        self._least = self._latest = self._resident() if self._trim is not None else 0
        self._pause = LOOK_SECONDS
        self._due = 0.0

    def run(self) -> None:
        """Look at the size of the process, and trim the heap. The main function of a greenlet."""
        while self._trim is not None:
            eventlet.sleep(LOOK_SECONDS)
            if self._is_due():
                self._trim_with(self._trim)

    def _is_due(self) -> bool:
        resident, now = self._resident(), monotonic()
        self._least = min(self._least, resident)
        if abs(resident - self._latest) > TRIM_BYTES:
            # Soon, but not before it has stopped.
            self._latest, self._pause, self._due = resident, LOOK_SECONDS, now
            return False
        return resident > self._least + TRIM_BYTES and now >= self._due

    def _trim_with(self, trim: Callable[[int], int]) -> None:
        before, start = self._resident(), monotonic()
        trim(0)
        now, self._latest = monotonic(), self._resident()
        if before - self._latest < GAIN_BYTES:
            # What is in use now may be free later.
            self._pause = min(2 * self._pause, MAX_PAUSE)
        self._due = now + max(self._pause, (now - start) / TRIM_SHARE)

    def _resident(self) -> int:
        return int(_STATM.read_text().split()[1]) * self._page_size
