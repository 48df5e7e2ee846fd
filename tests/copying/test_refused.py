"""What cannot be copied is refused in one line, and leaves nothing behind."""

import pytest

from tests.conftest import MakeServer
from tests.copying.copies import StartCopy, contents, fill, url_of
from tests.support.app import commands_beside
from tests.support.databases import connect, execute
from tests.support.server import LiveServer

pytestmark = pytest.mark.sqlite


def test_what_is_killed_has_copied_nothing(
    make_server: MakeServer, start_copy: StartCopy, empty: str
) -> None:
    server = make_server()
    fill(server)
    killed = start_copy(server, empty)
    killed.wait_following()
    killed.process.kill()
    killed.process.wait()
    server.stop()
    assert contents(empty)["messages"] == []
    start_copy(server, empty).wait()
    assert contents(empty) == contents(url_of(server))


def refused(server: LiveServer, source: str, target: str) -> str:
    """Try to copy; return the error, which is one line."""
    with commands_beside(server) as commands:
        done = commands.invoke(args=["db", "copy", source, target])
    assert done.exit_code != 0, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    *_, line = done.stderr.strip().splitlines()
    assert line.startswith("Error: "), done.stderr
    return line


def test_what_cannot_be_copied_is_refused_in_one_line(make_server: MakeServer, empty: str) -> None:
    server = make_server()
    server.stop()
    ours, folder = url_of(server), server.folder
    missing = f"sqlite:///{folder / 'missing.sqlite'}"
    assert "There is no database" in refused(server, missing, empty)
    assert not (folder / "missing.sqlite").exists()
    assert "is not at this version" in refused(server, empty, missing)
    assert "is no URL" in refused(server, "me-api.sqlite", empty)
    assert "is no URL" in refused(server, ours, "mysql://root@localhost/me")
    nowhere = f"sqlite:///{folder / 'no' / 'folder.sqlite'}"
    assert "No such file" in refused(server, ours, nowhere)
    assert "is not empty" in refused(server, ours, ours)
    assert "failed" in refused(server, ours, "postgresql+psycopg://me@localhost:1/me")
    with connect(empty) as connection:
        execute(connection, "CREATE TABLE others (id int)")
    assert "is not empty" in refused(server, ours, empty)


def test_rows_that_the_copy_refuses_are_named(make_server: MakeServer, empty: str) -> None:
    server = make_server()
    fill(server)
    server.stop()
    with connect(url_of(server)) as connection:
        execute(connection, "UPDATE messages SET user_id = 77 WHERE id = 3")
    assert "(user_id)=(77)" in refused(server, url_of(server), empty)
    assert contents(empty)["messages"] == []
