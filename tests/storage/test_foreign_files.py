"""F29: nothing is acknowledged into files that no longer have the database's names."""

from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.storage.file_faults import (
    KEEPING,
    LOSING,
    RESTORING,
    Fault,
    delete_all,
    delete_wal,
    overwrite_by_copy,
    overwrite_wal,
    replace_by_copy,
    restore_by_sqlite,
    truncate,
    truncate_wal,
)
from tests.storage.files import (
    checkpoint,
    codes,
    copy,
    names,
    post,
    ready,
    start_in_own_folder,
    texts,
    whole,
)
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server whose database has a folder of its own, and some messages."""
    return start_in_own_folder(make_server(start=False))


@pytest.fixture
def older(server: LiveServer) -> Path:
    """Copy the database; then store more, some of which is only in the -wal."""
    path = copy(server.database)
    assert [post(server, f"new {number}") for number in range(3)] == [201] * 3
    checkpoint(server.database)
    assert [post(server, f"last {number}") for number in range(3)] == [201] * 3
    return path


@pytest.mark.parametrize("fault", LOSING + KEEPING + RESTORING)
def test_f29_nothing_more_is_acknowledged(server: LiveServer, older: Path, fault: Fault) -> None:
    known = texts(server)
    with WireClient(server.host, server.port) as client:
        client.connect("/chat", {"nick": "anna"})
        client.call("/chat", "join", {"room": "lobby"})
        fault(server.database, older)
        assert post(server, "lost") == 503
        answer = client.call("/chat", "post", {"room": "lobby", "text": "lost"})
        assert codes(answer) == ["foreign_database"]
        assert ready(server) == (503, ["foreign_database"])
        assert "message" not in [name for name, *_ in client.events("/chat")]
    if fault is not restore_by_sqlite:
        assert texts(server) == known, "what was acknowledged can still be read"
    wait_until(lambda: "nothing can be stored: The database was" in server.log)
    assert server.log.count("while it was in use") == 1


def test_f29_a_truncated_database_stores_nothing(server: LiveServer, older: Path) -> None:
    """What was in it cannot even be read."""
    truncate(server.database, older)
    assert post(server, "lost") == 503
    wait_until(lambda: ready(server) == (503, ["foreign_database"]))
    assert server.get("/healthz").status == 200
    server.restart(kill=True)
    assert texts(server) == []
    assert post(server, "again") == 201


@pytest.mark.parametrize("fault", [truncate_wal, overwrite_wal])
def test_f29_a_wal_that_was_cut_short_stores_nothing(
    server: LiveServer, older: Path, fault: Fault
) -> None:
    """What is committed behind a hole is no part of the database after a crash."""
    fault(server.database, older)
    assert post(server, "lost") == 503
    assert ready(server) == (503, ["foreign_database"])
    server.restart(kill=True)
    assert "lost" not in texts(server)
    assert post(server, "again") == 201
    whole(server.database)


@pytest.mark.parametrize("fault", [delete_all, delete_wal, replace_by_copy, overwrite_by_copy])
def test_f29_an_idle_server_notices(server: LiveServer, older: Path, fault: Fault) -> None:
    fault(server.database, older)
    wait_until(lambda: "nothing can be stored: The database was" in server.log)
    assert ready(server) == (503, ["foreign_database"])


@pytest.mark.parametrize("kill", [True, False])
@pytest.mark.parametrize("fault", KEEPING)
def test_f29_what_was_acknowledged_is_there_after_a_restart(
    server: LiveServer, older: Path, fault: Fault, kill: bool
) -> None:
    known = texts(server)
    fault(server.database, older)
    assert post(server, "lost") == 503
    server.restart(kill=kill)
    # A COMMIT that was under way may have been stored; it was not acknowledged.
    assert [text for text in texts(server) if text != "lost"] == known
    assert post(server, "again") == 201
    whole(server.database)


@pytest.mark.parametrize(("kill", "write"), [(True, True), (False, False)])
@pytest.mark.parametrize("fault", RESTORING)
def test_f29_a_restored_file_is_what_the_next_start_serves(
    server: LiveServer, older: Path, fault: Fault, kill: bool, write: bool
) -> None:
    fault(server.database, older)
    if write:
        assert post(server, "lost") == 503
    server.restart(kill=kill)
    assert texts(server) == [f"old {number}" for number in range(3)]
    assert post(server, "again") == 201
    server.restart(kill=True)
    assert texts(server)[3:] == ["again"]
    whole(server.database)


@pytest.mark.parametrize("fault", [replace_by_copy, overwrite_by_copy])
def test_f29_a_file_that_is_restored_while_no_server_runs_is_not_overwritten(
    server: LiveServer, older: Path, fault: Fault
) -> None:
    server.kill()
    wal = names(server.database)[1]
    held = wal.read_bytes()
    assert held
    fault(server.database, older)
    for command in (["chat", "export", "lobby"], ["db", "upgrade"]):
        refused = server.flask(*command)
        assert refused.returncode == 1, "it would apply the -wal"
        assert "its -wal belongs to the file before" in refused.stderr
    server.start()
    assert texts(server) == [f"old {number}" for number in range(3)]
    (aside,) = server.database.parent.glob("*-wal.*")
    assert aside.read_bytes() == held, "nothing is deleted"
    assert str(aside) in server.log
    whole(server.database)


@pytest.mark.parametrize("fault", LOSING)
def test_f29_a_start_after_the_database_was_lost_begins_a_new_one(
    server: LiveServer, older: Path, fault: Fault
) -> None:
    fault(server.database, older)
    assert post(server, "lost") == 503
    server.restart(kill=True)
    assert texts(server) == []
    assert post(server, "again") == 201
    whole(server.database)
