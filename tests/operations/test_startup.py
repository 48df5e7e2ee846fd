"""A server that starts prints its banner; one that cannot start prints one line."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.support.server import LiveServer


def refusal(server: LiveServer) -> str:
    """Start a server that cannot start, and return the only line that it prints."""
    server.spawn()
    assert server.wait() == 1
    (line,) = server.log.splitlines()
    return line.removeprefix("me-api cannot start: ")


def test_the_banner_is_the_first_to_be_printed(server: LiveServer) -> None:
    assert server.log.startswith(f"me-api is at {server.url}\n")


def test_two_servers_do_not_share_a_port(server: LiveServer, make_server: MakeServer) -> None:
    """F74: a second server started, and got half of the connections."""
    second = make_server(start=False, port=server.port)
    assert refusal(second) == (
        f"it cannot listen on 127.0.0.1, port {server.port}: Address already in use. "
        "ME_API_HOST and ME_API_PORT choose another address."
    )


def test_a_database_without_its_folder_is_refused(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(start=False, database_url=f"sqlite:///{tmp_path}/missing/me-api.sqlite")
    assert refusal(server) == f"ME_API_DATABASE_URL: there is no folder {tmp_path}/missing."


def test_a_file_that_is_no_database_is_refused(make_server: MakeServer, tmp_path: Path) -> None:
    path = tmp_path / "text.sqlite"
    path.write_text("not a database\n" * 100)
    server = make_server(start=False, database_url=f"sqlite:///{path}")
    assert refusal(server) == "the database cannot be used: file is not a database"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://127.0.0.1/me", "ME_API_DATABASE_URL: is neither of sqlite:/// nor of"),
        ("sqlite+aiosqlite:////tmp/me.sqlite", "ME_API_DATABASE_URL: is neither of sqlite:///"),
        ("postgresql+psycopg://127.0.0.1:x/me", "ME_API_DATABASE_URL: is not a database URL"),
        ("postgresql+psycopg://127.0.0.1:1/me", "the database cannot be used: connection failed"),
        ("postgresql+psycopg:///me?host=/nowhere", "the database cannot be used: connection is"),
    ],
)
def test_a_database_without_driver_or_server_is_refused(
    make_server: MakeServer, url: str, reason: str
) -> None:
    """F75: a traceback was printed, or several lines."""
    server = make_server(start=False, database_url=url, jwt_secret="s" * 32)
    assert refusal(server).startswith(reason)


def migrate_further(server: LiveServer, oldest: str) -> None:
    """Leave the database as a later version would, which supports servers from `oldest` on."""
    with closing(sqlite3.connect(server.database)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.execute("UPDATE schema_range SET oldest = ?", (oldest,))


def test_a_later_database_that_has_only_more_is_served(make_server: MakeServer) -> None:
    server = make_server(start=False)
    migrate_further(server, "0005")
    server.start()
    posted = server.post("/chat/rooms/lobby/messages", {"nick": "mos", "text": "hej"})
    assert posted.status == 201


def test_a_later_database_that_has_changed_is_refused(make_server: MakeServer) -> None:
    server = make_server(start=False)
    migrate_further(server, "9999")
    assert refusal(server) == "the database is of a later version of me-api"


def test_no_server_that_accepts_signed_out_users_serves_this_database(
    make_server: MakeServer,
) -> None:
    """Versions from before migration 0016 know neither generations nor disabled accounts."""
    server = make_server(start=False)
    with closing(sqlite3.connect(server.database)) as database:
        ((oldest,),) = database.execute("SELECT oldest FROM schema_range")
    assert oldest >= "0016"
