"""Returning memory to the operating system after a burst of connections.

glibc returns freed memory above a threshold, but raises that threshold whenever a large block is
freed, so that the memory of a burst stays with the process. Setting the thresholds disables this
(mallopt(3)). Other C libraries have no such thresholds.
"""

from __future__ import annotations

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt, from malloc.h."""
THRESHOLD_BYTES = 128 * 1024
"""The initial value of both in glibc."""


def limit_malloc_cache() -> None:
    """Fix the thresholds above which glibc returns freed memory to the operating system."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(TRIM_THRESHOLD, THRESHOLD_BYTES)
        mallopt(MMAP_THRESHOLD, THRESHOLD_BYTES)


def trim_heap() -> None:
    """Return all free pages to the operating system (malloc_trim(3)). Takes milliseconds."""
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)
