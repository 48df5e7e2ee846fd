"""A connection that is lost during a commit: the answer is true, or says that it is not known."""

import os
import socket
from collections.abc import Iterator

import psycopg
import pytest

from me_api.chat.room_changes import ChangeRoom
from me_api.errors import OutcomeUnknown, StorageUnavailable
from me_api.eventlog import Change, in_doubt
from tests.support.databases import connect, execute, name_in
from tests.support.postgresql import Cluster
from tests.support.wait import WAIT_SECONDS, wait_until
from tests.writers.servers import ROOM, Server, in_thread, post, texts

CHANGES = [pytest.param(post("hej"), id="a post"), ChangeRoom(ROOM, {"title": "hej"})]


@pytest.fixture
def server(database: str) -> Iterator[Server]:
    made = Server(database, "a/1")
    made.post("before")
    yield made
    made.disconnect()


@pytest.fixture
def admin(postgresql: Cluster, database: str) -> "Iterator[psycopg.Connection]":
    """Connect as the operator; the standby that a test asks for is forgotten after it."""
    with postgresql.connect(name_in(database)) as connection:
        yield connection
        require_standby(connection, "")


def require_standby(admin: psycopg.Connection, name: str) -> None:
    admin.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
    admin.execute("SELECT pg_reload_conf()")
    wait_until(
        lambda: admin.execute("SHOW synchronous_standby_names").fetchone() == (name,),
        what="the setting",
    )


def waits(admin: psycopg.Connection, event: str) -> bool:
    query = "SELECT FROM pg_stat_activity WHERE wait_event = %s AND datname = current_database()"
    return admin.execute(query, (event,)).fetchone() is not None


def terminate(admin: psycopg.Connection, pid: int) -> None:
    admin.execute("SELECT pg_terminate_backend(%s)", (pid,))


def test_what_was_not_committed_was_not_stored(
    server: Server, admin: psycopg.Connection, database: str
) -> None:
    pid = server.pid()
    with connect(database) as connection:
        execute(connection, "SELECT * FROM log FOR UPDATE")
        writing = in_thread(lambda: server.post("lost"))
        wait_until(lambda: waits(admin, "transactionid"), what="the commit")
        terminate(admin, pid)
        with pytest.raises(StorageUnavailable, match="Nothing was stored") as raised:
            writing.result(WAIT_SECONDS)
        assert raised.value.code == "storage_unavailable"
    assert texts(database) == ["before"]
    assert server.post("after")[0]["id"] == 2


def test_a_commit_that_goes_on_without_its_server_is_waited_for(
    server: Server, admin: psycopg.Connection, database: str
) -> None:
    """PostgreSQL does not notice that a connection is lost while it runs a statement."""
    driver = server._connection.connect().connection.driver_connection
    assert driver is not None
    with connect(database) as connection:
        execute(connection, "SELECT * FROM log FOR UPDATE")
        writing = in_thread(lambda: server.post("goes on"))
        wait_until(lambda: waits(admin, "transactionid"), what="the commit")
        with socket.socket(fileno=os.dup(driver.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: waits(admin, "advisory"), what="waiting for its end")
    message, new = writing.result(WAIT_SECONDS)
    assert (message["id"], new, server._counts.in_doubt) == (2, True, 1)
    assert texts(database) == ["before", "goes on"]


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_committed_is_found(
    server: Server, admin: psycopg.Connection, database: str, change: Change
) -> None:
    """The connection is lost after the commit, while the server waits for the standby."""
    pid = server.pid()
    require_standby(admin, "missing")
    writing = in_thread(lambda: server.write([change]))
    wait_until(lambda: waits(admin, "SyncRep"), what="waiting for the standby")
    terminate(admin, pid)
    require_standby(admin, "")
    written = writing.result(WAIT_SECONDS)
    assert server._counts.in_doubt == 1
    if isinstance(change, ChangeRoom):
        assert written.outcomes[0].title == "hej"
    else:
        message, new = written.outcomes[0]
        assert (message["id"], message["rev"], new) == (2, 2, True)
        assert (written.before, written.head, written.entries[0].key) == (1, 2, 2)
        assert texts(database) == ["before", "hej"]


def test_what_cannot_be_found_out_is_said(
    server: Server,
    admin: psycopg.Connection,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without its standby, nobody knows whether the commit will survive: it is not acknowledged."""
    monkeypatch.setattr(in_doubt, "SECONDS", 0.5)
    pid = server.pid()
    require_standby(admin, "missing")
    writing = in_thread(lambda: server.post("hej", "k"))
    wait_until(lambda: waits(admin, "SyncRep"), what="waiting for the standby")
    terminate(admin, pid)
    with pytest.raises(OutcomeUnknown) as raised:
        writing.result(WAIT_SECONDS)
    assert raised.value.code == "outcome_unknown"
    require_standby(admin, "")
    message, new = server.post("hej", "k")
    assert (message["id"], new) == (2, False)
    assert texts(database) == ["before", "hej"]
