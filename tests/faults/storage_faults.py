"""What happens to the database and its disk."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from random import Random

from tests.faults import disk
from tests.faults.harness import Harness


@contextmanager
def disk_full(harness: Harness, _: Random) -> Iterator[None]:
    with harness.disk.full(harness.server):
        yield


@contextmanager
def locked(harness: Harness, _: Random) -> Iterator[None]:
    with disk.locked(harness.database):
        yield


def removed(*suffixes: str) -> Callable[[Harness, Random], AbstractContextManager[None]]:
    """Return a fault that deletes files of the database; later a copy is restored (F29)."""

    @contextmanager
    def act(harness: Harness, _: Random) -> Iterator[None]:
        copy = disk.remove(harness.database, suffixes)
        yield
        harness.server.kill()
        disk.restore(harness.database, copy)

    return act


@contextmanager
def replaced(harness: Harness, _: Random) -> Iterator[None]:
    """Put another database in the place of ours; later a copy of ours is restored (F29)."""
    copy = disk.replace(harness.database, harness.empty)
    yield
    harness.server.kill()
    disk.restore(harness.database, copy)
