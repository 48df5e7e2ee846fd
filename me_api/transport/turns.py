"""Turns: when the next event of a connection may begin, while one waits.

An event that waits for the committer gives its turn away: the next event of its connection begins.
While it waits for the database to read, it keeps the turn, so that events read in their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from greenlet import getcurrent


@contextmanager
def holding_turn() -> Iterator[None]:
    """Keep the turn of the connection, if this is one of its events, while the context waits."""
    current = getcurrent()
    hold = getattr(current, "hold_turn", None)
    if hold is None:
        yield
        return
    before = hold(True)
    try:
        yield
    finally:
        hold(before)
