"""What failed tests have left open: it is closed at once, so that no other test fails by it.

A traceback keeps the local variables of all its functions, among them processes, pipes and sockets.
They would become garbage during a later test, which a `ResourceWarning` would then fail.
"""

import gc
import subprocess
import traceback
import warnings
from collections.abc import Iterator
from contextlib import suppress


def close_leftovers(raised: list[BaseException]) -> list[str]:
    """Forget the variables of the functions that have raised these, and close what they held.

    Processes are killed. Returns the warnings of what the functions had not closed.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        for error in raised:
            for one in chain(error):
                forget_variables(one)
        gc.collect()
        for warning in caught:
            if isinstance(warning.source, subprocess.Popen):
                with warning.source as process:
                    process.kill()
    return [str(warning.message) for warning in caught]


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, its causes and contexts, and those that it groups."""
    left, found = [error], set[int]()
    while left:
        one = left.pop()
        if id(one) in found:
            continue
        found.add(id(one))
        yield one
        grouped = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        left += [other for other in (one.__cause__, one.__context__, *grouped) if other]


def forget_variables(error: BaseException) -> None:
    """Clear the variables of all functions in a traceback that have ended."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        with suppress(RuntimeError):  # It is still running.
            frame.clear()
            # The dictionary that was made when pytest read them: to read it again updates it.
            _ = frame.f_locals
