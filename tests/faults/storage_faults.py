"""What happens to the database and its disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from tests.faults import disk
from tests.faults.harness import Harness
from tests.support.wait import wait_until


@contextmanager
def disk_full(harness: Harness, _: Random) -> Iterator[None]:
    with harness.disk.full(harness.server):
        yield


@contextmanager
def locked(harness: Harness, _: Random) -> Iterator[None]:
    with disk.locked(harness.database):
        yield


@contextmanager
def deleted(harness: Harness, _: Random) -> Iterator[None]:
    """Delete the database; later a copy is restored (F29)."""
    copy = disk.remove(harness.database, ("", *disk.BESIDE))
    with noticed(harness):
        yield
    disk.restore(harness.database, copy)


@contextmanager
def replaced(harness: Harness, _: Random) -> Iterator[None]:
    """Put another database in the place of ours; later a copy of ours is restored (F29)."""
    copy = disk.replace(harness.database, harness.empty)
    with noticed(harness):
        yield
    disk.restore(harness.database, copy)


@contextmanager
def wal_deleted(harness: Harness, _: Random) -> Iterator[None]:
    """Delete the write-ahead log; the server saves what it held, so no copy is needed (F29)."""
    disk.remove(harness.database, ("-wal",)).unlink()
    with noticed(harness):
        yield


@contextmanager
def noticed(harness: Harness) -> Iterator[None]:
    """Wait until the server says that the database is another one; end it afterwards."""
    wait_until(lambda: code(harness) == "foreign_database", what="noticing the other database")
    yield
    harness.server.kill()


def code(harness: Harness) -> str | None:
    """Return the code of the error that makes the server not ready, if there is one."""
    body = harness.server.get("/readyz").json
    return body["errors"][0]["code"] if "errors" in body else None
