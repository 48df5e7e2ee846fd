"""Statements that a server sends undivided: one that is stopped meanwhile leaves no half of one."""

from collections.abc import Iterator

import psycopg
import pytest

from me_api.storage.simple_query import UndividedCursor
from tests.support.postgresql import Cluster

# By itself, psycopg sends statements with values in parts, which cannot be two statements at once.
TWO = "INSERT INTO sent VALUES (%s); INSERT INTO sent VALUES (%s)"


@pytest.fixture
def connection(postgresql: Cluster) -> "Iterator[psycopg.Connection]":
    url = postgresql.url("postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True, cursor_factory=UndividedCursor) as made:
        made.execute("CREATE TEMPORARY TABLE sent (number integer)")
        yield made


def test_a_statement_and_its_values_are_one_message(connection: psycopg.Connection) -> None:
    connection.execute(TWO, (1, 2))
    assert connection.execute("SELECT * FROM sent").fetchall() == [(1,), (2,)]
    with psycopg.Cursor(connection) as divided, pytest.raises(psycopg.errors.SyntaxError):
        divided.execute(TWO, (3, 4))


def test_statements_for_many_values_are_no_pipeline(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a pipeline")

    monkeypatch.setattr(psycopg.Connection, "pipeline", refuse)
    with connection.cursor() as cursor:
        cursor.executemany(TWO, [(1, 2), (3, 4)])
    assert connection.execute("SELECT * FROM sent").fetchall() == [(1,), (2,), (3,), (4,)]
