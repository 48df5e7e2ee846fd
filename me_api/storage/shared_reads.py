"""Reads that many greenlets ask for at once, and one of them does."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from me_api.concurrency import Event, Loop

T = TypeVar("T")


@dataclass(slots=True)
class _Read:
    """A read that is being done."""

    ended: Event
    outcome: list[Any] = field(default_factory=list)
    """Its result, once there is one; none after an error."""


class SharedReads:
    """For databases that greenlets wait for: of those who read the same, one asks the database."""

    # A change wakes all who wait for it, and each of them would read the same row of a room: with a
    # thousand, the last would wait for a connection for too long.

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._reads: dict[Hashable, _Read] = {}

    def read(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return the result of `read`, or that of another greenlet which reads it already.

        What the other one raises is not shared: then this one reads for itself.
        """
        current = self._reads.get(key)
        if current is not None:
            with self._loop.holding_turn():
                current.ended.wait()
            return cast(T, current.outcome[0]) if current.outcome else read()
        current = self._reads[key] = _Read(self._loop.event())
        try:
            current.outcome.append(read())
        finally:
            del self._reads[key]
            current.ended.set()
        return cast(T, current.outcome[0])
