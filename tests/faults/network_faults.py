"""What happens to the connections between clients and server."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import wraps
from random import Random

from tests.faults.faulty_proxy import FaultyProxy
from tests.faults.harness import Harness

Spoil = Callable[[FaultyProxy, Random], AbstractContextManager[None]]
Act = Callable[[Harness, Random], AbstractContextManager[None]]


def of_some(spoil: Spoil) -> Act:
    """Spoil the connections of listeners, which then miss what is posted, of posters, or of all."""

    @wraps(spoil)
    @contextmanager
    def act(harness: Harness, moments: Random) -> Iterator[None]:
        to_listeners, to_posters = harness.to_listeners, harness.to_posters
        choices = [[to_listeners], [to_listeners], [to_posters], [to_listeners, to_posters]]
        with ExitStack() as spoilt:
            for proxy in moments.choice(choices):
                spoilt.enter_context(spoil(proxy, moments))
            yield

    return act


@of_some
@contextmanager
def cut(proxy: FaultyProxy, _: Random) -> Iterator[None]:
    proxy.cut()
    yield
    proxy.cut()


@of_some
@contextmanager
def cut_early(proxy: FaultyProxy, moments: Random) -> Iterator[None]:
    """Reset each connection after a random number of bytes from the server, again and again."""
    proxy.allowance = lambda: int(10 ** moments.uniform(0, 4))
    yield
    proxy.allowance = None


@of_some
@contextmanager
def refused(proxy: FaultyProxy, _: Random) -> Iterator[None]:
    """Reset each connection at once."""
    proxy.refuse = True
    proxy.cut()
    yield
    proxy.refuse = False


@of_some
@contextmanager
def half_closed(proxy: FaultyProxy, moments: Random) -> Iterator[None]:
    proxy.close_half(towards_server=moments.random() < 0.5)
    yield
    proxy.close_half(towards_server=moments.random() < 0.5)


@of_some
@contextmanager
def stalled(proxy: FaultyProxy, _: Random) -> Iterator[None]:
    """Forward nothing for a while."""
    proxy.pause()
    yield
    proxy.resume()


@of_some
@contextmanager
def dead(proxy: FaultyProxy, _: Random) -> Iterator[None]:
    """Forward nothing any more on the present connections, which stay open on both sides."""
    proxy.freeze()
    yield


@of_some
@contextmanager
def fragmented(proxy: FaultyProxy, moments: Random) -> Iterator[None]:
    """Forward few bytes at a time, then cut: most likely in the middle of a message."""
    usual = proxy.chunk
    proxy.chunk = moments.randrange(1, 40)
    yield
    proxy.cut()
    proxy.chunk = usual
