"""The pool of the loop's connections: bounded, in order, and whole after errors."""

from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import pytest
from eventlet import hubs
from psycopg import waiting
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.sql import func

from me_api.storage import engines, loop_pool
from me_api.storage.loop_pool import MAX_CONNECTIONS
from me_api.storage.statements import CompiledStatement
from me_api.transport import EventletLoop, install_database_wait
from tests.support.postgresql import Cluster
from tests.support.wait import wait_until
from tests.transport.socket_pairs import turn_until

PID = CompiledStatement(select(func.pg_backend_pid()))
SLEEP = CompiledStatement(select(text("pg_sleep(0.05)")))
FAIL = CompiledStatement(select(text("1 / 0")))
BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'me-api reader'"
END_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'me-api reader'
"""


@pytest.fixture
def engine(postgresql: Cluster) -> Iterator[Engine]:
    """Open a database as the application does."""
    before = waiting.wait, waiting.wait_conn
    install_database_wait(waiting)
    url = postgresql.url("postgres")
    made = create_engine(url, **engines.reader_options(url, EventletLoop()))
    # SQLAlchemy prepares its dialect under a lock, which is not a green one here.
    made.connect().close()
    yield made
    made.dispose()
    waiting.wait, waiting.wait_conn = before


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Run each in a greenlet; return what each returned."""
    return [greenlet.wait() for greenlet in [eventlet.spawn(act) for act in acts]]


def test_the_connection_used_last_is_used_next(engine: Engine) -> None:
    pids = [PID.rows(engine, {}) for _ in range(5)]
    assert pids == pids[:1] * 5
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").all() == pids[0]


def test_there_are_at_most_eight_and_greenlets_get_them_in_order(
    engine: Engine, postgresql: Cluster
) -> None:
    served: list[int] = []

    def read(number: int) -> None:
        with engine.connect():
            served.append(number)
            eventlet.sleep(0)

    together(*[lambda n=n: read(n) for n in range(MAX_CONNECTIONS)])
    served.clear()
    together(*[lambda n=n: read(n) for n in range(5 * MAX_CONNECTIONS)])
    assert served == list(range(5 * MAX_CONNECTIONS))
    with postgresql.connect() as other:
        # Those of the test before may still be about to end.
        wait_until(lambda: other.execute(BACKENDS).fetchone() == (MAX_CONNECTIONS,))


def test_no_greenlet_waits_for_ever(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_pool, "WAIT_SECONDS", 0.01)
    held = [engine.connect() for _ in range(MAX_CONNECTIONS)]
    with pytest.raises(OperationalError, match="in use"):
        PID.rows(engine, {})
    for connection in held:
        connection.close()
    assert PID.rows(engine, {})


def test_a_greenlet_that_is_killed_leaves_its_connection_to_others(engine: Engine) -> None:
    held = [engine.connect() for _ in range(MAX_CONNECTIONS)]
    waiting_for_one = [eventlet.spawn(PID.rows, engine, {}) for _ in range(2)]
    eventlet.sleep(0)
    waiting_for_one[0].kill()
    held.pop().close()
    assert waiting_for_one[1].wait()
    readers = len(hubs.get_hub().get_readers())
    reading = eventlet.spawn(SLEEP.rows, engine, {})
    turn_until(lambda: len(hubs.get_hub().get_readers()) > readers)  # It waits for PostgreSQL.
    reading.kill()
    for connection in held:
        connection.close()
    assert together(*[lambda: PID.rows(engine, {})] * MAX_CONNECTIONS)


def test_an_error_of_a_statement_keeps_the_connection(engine: Engine) -> None:
    before = PID.rows(engine, {})
    with pytest.raises(DBAPIError, match="division by zero"):
        FAIL.rows(engine, {})
    assert PID.rows(engine, {}) == before


def test_connections_that_died_together_fail_one_statement_only(
    engine: Engine, postgresql: Cluster
) -> None:
    together(*[lambda: SLEEP.rows(engine, {})] * MAX_CONNECTIONS)
    with postgresql.connect() as other:
        other.execute(END_ALL)
    with pytest.raises(OperationalError):
        PID.rows(engine, {})
    for _ in range(2 * MAX_CONNECTIONS):
        assert PID.rows(engine, {})
    assert together(*[lambda: PID.rows(engine, {})] * MAX_CONNECTIONS)


def test_readers_cannot_write_and_are_given_up(engine: Engine) -> None:
    with engine.connect() as connection:
        shown = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("default_transaction_read_only", "statement_timeout")
        }
        with pytest.raises(DBAPIError, match="read-only"):
            connection.exec_driver_sql("CREATE TABLE x ()")
    assert shown == {"default_transaction_read_only": "on", "statement_timeout": "2s"}


def test_a_connection_is_passed_on_by_a_greenlet_that_is_killed_before_it_takes_it(
    engine: Engine,
) -> None:
    held = [engine.connect() for _ in range(MAX_CONNECTIONS)]
    killed, other = (eventlet.spawn(PID.rows, engine, {}) for _ in range(2))
    eventlet.sleep(0)
    held.pop().close()
    killed.kill()
    assert other.wait()
    assert engine.pool.status() == f"1 of {MAX_CONNECTIONS} connections idle, 0 waiting"
    assert engine.pool.checkedout() == len(held)
    for connection in held:
        connection.close()
    assert engine.pool.checkedout() == 0
