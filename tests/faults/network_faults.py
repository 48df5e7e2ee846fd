"""What happens to the connections between clients and server."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from tests.faults.harness import Harness


@contextmanager
def cut(harness: Harness, _: Random) -> Iterator[None]:
    harness.proxy.cut()
    yield
    harness.proxy.cut()


@contextmanager
def refused(harness: Harness, _: Random) -> Iterator[None]:
    """Reset each connection at once."""
    harness.proxy.refuse = True
    harness.proxy.cut()
    yield
    harness.proxy.refuse = False


@contextmanager
def half_closed(harness: Harness, moments: Random) -> Iterator[None]:
    harness.proxy.close_half(towards_server=moments.random() < 0.5)
    yield
    harness.proxy.close_half(towards_server=moments.random() < 0.5)


@contextmanager
def stalled(harness: Harness, _: Random) -> Iterator[None]:
    """Forward nothing for a while."""
    harness.proxy.pause()
    yield
    harness.proxy.resume()


@contextmanager
def dead(harness: Harness, _: Random) -> Iterator[None]:
    """Forward nothing any more on the present connections, which stay open on both sides."""
    harness.proxy.freeze()
    yield


@contextmanager
def fragmented(harness: Harness, moments: Random) -> Iterator[None]:
    """Forward few bytes at a time, then cut: most likely in the middle of a message."""
    usual = harness.proxy.chunk
    harness.proxy.chunk = moments.randrange(1, 40)
    yield
    harness.proxy.cut()
    harness.proxy.chunk = usual


@contextmanager
def cut_early(harness: Harness, moments: Random) -> Iterator[None]:
    """Reset each connection after a random number of bytes from the server, again and again."""
    harness.proxy.allowance = lambda: int(10 ** moments.uniform(0, 4))
    yield
    harness.proxy.allowance = None
