"""A kind of fault, and what it happens to."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from random import Random
from typing import Any, NamedTuple

Act = Callable[[Any, Random], AbstractContextManager[None]]
"""Provokes a fault on entering and ends it on leaving; takes the harness, and random numbers."""

DISK, PROCESS, REDIS, NETWORK = range(4)
"""What a fault happens to. Faults of different places are combined, in this order."""


class Fault(NamedTuple):
    """A kind of fault: where it happens, and for how many seconds at least and at most."""

    name: str
    place: int
    act: Act
    hold: tuple[float, float]
    combines: bool = True
