"""The health checks `/healthz` and `/readyz`."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import Connection

from me_api.eventlog import position
from me_api.extensions import db
from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson

LATER = "UPDATE alembic_version SET version_num = '9999'"
REPORT = {"week": 1, "title": "t", "text": "x"}


@pytest.fixture
def database(app: Flask, tmp_path: Path) -> Path:
    return tmp_path / "me-api.sqlite"


def execute(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(statement)


def test_it_is_alive(anybody: Person) -> None:
    response = anybody.get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"data": {"status": "ok"}})


def test_it_is_alive_even_without_a_database(app: Flask, anybody: Person, database: Path) -> None:
    execute(database, "DROP TABLE log")
    assert anybody.get("/healthz").status_code == 200


def test_it_is_ready_and_returns_the_position(make_person: MakePerson) -> None:
    mos = make_person("mos")
    mos.post("/reports", REPORT)
    response = mos.get("/readyz")
    listed = mos.get("/reports").get_json()
    assert response.status_code == 200
    assert response.get_json()["data"] == {
        "status": "ok",
        "rev": 1,
        "epoch": listed["epoch"],
    }


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE alembic_version SET version_num = 'older'", "outdated_schema"),
        ("DELETE FROM alembic_version", "outdated_schema"),
        ("DROP TABLE alembic_version", "outdated_schema"),
        ("UPDATE alembic_version SET version_num = '0001'", "outdated_schema"),
        (f"{LATER}; UPDATE schema_range SET oldest = '9999'", "outdated_schema"),
        ("DROP TABLE log", "storage_unavailable"),
        ("UPDATE log SET epoch = 'foreign'", "foreign_database"),
        ("UPDATE log SET head = 0", "foreign_database"),
    ],
)
def test_it_is_not_ready_with_a_wrong_database(
    make_person: MakePerson, database: Path, statement: str, code: str
) -> None:
    mos = make_person("mos")
    mos.post("/reports", REPORT)
    assert mos.get("/readyz").status_code == 200
    execute(database, statement)
    assert errors_of(mos.get("/readyz")) == [(503, code, None)]


def test_it_is_ready_with_a_later_database_that_has_only_more(
    anybody: Person, database: Path
) -> None:
    execute(database, LATER)
    assert anybody.get("/readyz").status_code == 200


def test_it_is_ready_again_when_the_database_is(
    app: Flask, anybody: Person, database: Path
) -> None:
    with app.app_context():
        db.engine.dispose()
    hidden = shutil.move(database, database.with_suffix(".hidden"))
    database.mkdir()
    assert anybody.get("/readyz").status_code == 503
    database.rmdir()
    shutil.move(hidden, database)
    assert anybody.get("/readyz").status_code == 200


def test_what_is_published_while_the_head_is_read_is_not_of_another_database(
    app: Flask, anybody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail = app.extensions["log"].tail
    read = position.read

    def read_and_wait(connection: Connection) -> position.Position:
        found = read(connection)
        tail.delivered += 1
        return found

    monkeypatch.setattr(position, "read", read_and_wait)
    assert anybody.get("/readyz").status_code == 200
