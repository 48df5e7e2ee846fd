"""A promotion that may have lost commits begins a new epoch; one that has not is not noticed."""

from collections.abc import Callable, Iterator

import pytest

from me_api.errors import StorageUnavailable
from me_api.recovery.changes import SaveSession
from tests.support.databases import connect, execute
from tests.support.postgresql import Cluster
from tests.support.wait import WAIT_SECONDS
from tests.writers.replicas import Replicas
from tests.writers.servers import CREATE_ROOM, Server, in_thread, read_position, texts

Migrate = Callable[[str], None]


@pytest.fixture
def replicas() -> Iterator[Replicas]:
    made = Replicas()
    yield made
    made.close()


@pytest.fixture
def url(replicas: Replicas, migrate: Migrate) -> str:
    """Make a database with a room on both."""
    made = replicas.url(replicas.primary.create())
    migrate(made)
    with connect(made) as connection:
        execute(connection, CREATE_ROOM)
    return made


def sessions(url: str) -> int:
    with connect(url) as connection:
        return len(execute(connection, "SELECT FROM sessions"))


def test_a_standby_that_lags_is_promoted(replicas: Replicas, url: str) -> None:
    a, b = Server(url, "a/1"), Server(url, "b/1")
    a.post("kept")
    b.write([SaveSession("p1", "/", "s", None, 0, {})])
    replicas.wait_replayed()
    replicas.standby.lag()
    for number in range(5):
        a.post(f"lost {number}")
    a.published = before = read_position(url)
    replicas.fail_over()
    a.disconnect()
    b.disconnect()
    # Both find it at once.
    found = [in_thread(lambda s=s: s.post("refused")) for s in (a, b)]
    for future in found:
        with pytest.raises(StorageUnavailable, match="Nothing was stored"):
            future.result(WAIT_SECONDS)
    after = read_position(url)
    assert after.epoch != before.epoch
    assert after.head > before.head
    assert sessions(url) == 0
    a.published = b.published = after
    assert a.post("new")[0]["rev"] == after.head + 1
    assert b.post("newer")[0]["rev"] == after.head + 2
    assert texts(url) == ["kept", "new", "newer"]
    a.disconnect()
    b.disconnect()


def test_a_synchronous_standby_is_promoted(replicas: Replicas, url: str) -> None:
    replicas.require_standby()
    server = Server(url, "a/1")
    server.post("kept")
    server.write([SaveSession("p1", "/", "s", None, 0, {})])
    server.published = before = read_position(url)
    replicas.fail_over()
    server.disconnect()
    assert server.post("after")[0]["rev"] == 2
    assert read_position(url) == before._replace(head=2)
    assert sessions(url) == 1
    assert texts(url) == ["kept", "after"]
    server.disconnect()


def test_a_primary_from_before_is_refused(database: str, postgresql: Cluster) -> None:
    """It can still be reached, but what is written there will be lost."""
    server = Server(database, "a/1")
    server.post("kept")
    server._timeline = "00000002"
    with pytest.raises(StorageUnavailable, match="the one before"):
        server.post("lost")
    server.disconnect()
    assert texts(database) == ["kept"]
