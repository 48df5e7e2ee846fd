"""Coverage at a lower price: with greenlets, half of its time goes into one dictionary.

At every call and return coverage looks up the stack of the current greenlet in a
`WeakKeyDictionary`, which is written in Python. Here each greenlet keeps the number of its stack as
an attribute, which is read in C. If a later coverage works otherwise, this has no effect.
"""

import itertools
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any
from unittest.mock import patch

import coverage

numbers = itertools.count(1)


def start(measurement: coverage.Coverage) -> None:
    """Start a measurement that has been stopped."""
    # The tracer makes its dictionary at the first call that it sees, which is one of `start`'s own.
    with patch.object(weakref, "WeakKeyDictionary", stacks):
        measurement.start()


def restart() -> None:
    """Restart the measurement of this process, if it is measured."""
    measurement = coverage.Coverage.current()
    if measurement:
        measurement.stop()
        start(measurement)


@contextmanager
def unmeasured() -> Iterator[None]:
    """Do not measure this thread, where it does again and again what is measured elsewhere."""
    trace = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(trace)


def stacks() -> Any:
    """Make what stands in for the dictionary; it reads and writes an attribute of its own."""
    name = f"coverage_stack_{next(numbers)}"

    def put(_stacks: Any, greenlet: Any, number: int) -> None:
        setattr(greenlet, name, number)

    return type("Stacks", (), {"__getitem__": staticmethod(attrgetter(name)), "__setitem__": put})()
