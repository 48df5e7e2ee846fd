"""Memory that a storm took goes back to the system, and does not stay with the process.

glibc raises the bound above which it gives free memory back whenever something large is freed;
bounds that are set stay (mallopt(3)). Other C libraries have no such bounds.
"""

from __future__ import annotations

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
BYTES = 128 * 1024
"""glibc's own first value of both."""


def limit_malloc_cache() -> None:
    """Have free memory given back as soon as it is worth a system call."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(TRIM_THRESHOLD, BYTES)
        mallopt(MMAP_THRESHOLD, BYTES)
