"""Coverage at a lower price: with greenlets, half of its time goes into one dictionary.

At every call and return coverage looks up the stack of the current greenlet in a
`WeakKeyDictionary`, which is written in Python. Here each greenlet keeps the number of its stack as
an attribute, which is read in C. If a later coverage works otherwise, this has no effect.
"""

import itertools
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any
from unittest.mock import patch

import coverage

MEASURED_EXAMPLES = 30
numbers = itertools.count(1)
NONE: tuple[Any, Any] = (None, None)
tracers = NONE
"""Of the main thread, and of threads that it starts, while they are measured."""


def start(measurement: coverage.Coverage) -> None:
    """Start a measurement that has been stopped."""
    # The tracer makes its dictionary at the first call that it sees, which is one of `start`'s own.
    with patch.object(weakref, "WeakKeyDictionary", stacks):
        measurement.start()


@contextmanager
def measuring(measurement: coverage.Coverage | None) -> Iterator[None]:
    """Measure this process with a measurement that has been stopped, if there is any."""
    if measurement:
        start(measurement)
    try:
        yield
    finally:
        if measurement:
            measurement.stop()


def restart() -> None:
    """Restart the measurement of this process, if it is measured."""
    global tracers  # noqa: PLW0603
    measurement = coverage.Coverage.current()
    if measurement:
        measurement.stop()
        start(measurement)
        tracers = sys.gettrace(), threading.gettrace()


def stop() -> None:
    """Stop the measurement of this process, if it is measured."""
    measurement = coverage.Coverage.current()
    if measurement:
        measurement.stop()


@contextmanager
def unmeasured() -> Iterator[None]:
    """Do not measure this thread, and those that it starts: they do what is measured elsewhere."""
    with _tracing(*NONE):
        yield


@contextmanager
def measured() -> Iterator[None]:
    """Measure this thread, and those that it starts, as if it were not within `unmeasured`."""
    with _tracing(*tracers):
        yield


@contextmanager
def first_examples(test: Any) -> Iterator[None]:
    """Measure only the first examples of a test, if it is one of properties.

    The others run the same lines hundreds of times, and what makes them is not measured at all.
    """
    property_test = getattr(test, "hypothesis", None)
    if property_test is None:
        yield
        return
    run, numbers_of_examples = property_test.inner_test, itertools.count()

    def run_example(*args: Any, **kwargs: Any) -> Any:
        # Not for this call only: then what is between two examples would be traced.
        if next(numbers_of_examples) == MEASURED_EXAMPLES and tracers != NONE:
            _trace(*NONE)
        return run(*args, **kwargs)

    with _tracing(sys.gettrace(), threading.gettrace()):
        property_test.inner_test = run_example
        try:
            yield
        finally:
            property_test.inner_test = run


@contextmanager
def _tracing(own: Any, of_new_threads: Any) -> Iterator[None]:
    before = sys.gettrace(), threading.gettrace()
    if tracers != NONE:  # A debugger is left alone.
        _trace(own, of_new_threads)
    try:
        yield
    finally:
        if tracers != NONE:
            _trace(*before)


def _trace(own: Any, of_new_threads: Any) -> None:
    sys.settrace(own)
    threading.settrace(of_new_threads)
    # Native threads are made with eventlet's own copy of the module, where coverage does not look.
    if patcher := sys.modules.get("eventlet.patcher"):
        patcher.original("threading").settrace(of_new_threads)


def stacks() -> Any:
    """Make what stands in for the dictionary; it reads and writes an attribute of its own."""
    name = f"coverage_stack_{next(numbers)}"

    def put(_stacks: Any, greenlet: Any, number: int) -> None:
        setattr(greenlet, name, number)

    return type("Stacks", (), {"__getitem__": staticmethod(attrgetter(name)), "__setitem__": put})()
