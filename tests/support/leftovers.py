"""The sockets that a failed test has left open.

A failed assertion leaves what was open before it. Its warning would fail whichever test runs when
the garbage collector finds it.
"""

import socket
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# A list, to which other threads may append at any time.
_opened: "list[weakref.ref[socket.socket]]" = []


def _record(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.__new__":
        opened, family, *_ = args
        # A Unix socket may lead to what other tests use, too: a server that several share.
        if family in (socket.AF_INET, socket.AF_INET6) and isinstance(opened, socket.socket):
            _opened.append(weakref.ref(opened))


# For all libraries: sockets are made in many places, and often by others.
sys.addaudithook(_record)


@contextmanager
def closed_on_failure() -> Iterator[None]:
    """Close the internet sockets opened meanwhile, by any thread, if the block raises."""
    _opened.clear()
    try:
        yield
    except BaseException:
        for reference in tuple(_opened):
            if left := reference():
                left.close()
        raise
