"""Which function psycopg waits with: decided where it is called, with nothing patched but psycopg.

Checked by what it does: while it waits in the event loop, other greenlets run.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import psycopg
import pytest
from eventlet import hubs
from eventlet.event import Event
from psycopg import waiting

from me_api.transport import install_database_wait
from me_api.transport.database_wait import READ, green_ready
from tests.support.postgresql import Cluster
from tests.support.wait import wait_until
from tests.transport.socket_pairs import SECONDS

SLEEP = "SELECT pg_sleep(0.1)"


@pytest.fixture(scope="module")
def url(postgresql: Cluster) -> Iterator[str]:
    """Install our functions, for the tests of this module only."""
    before = waiting.wait, waiting.wait_conn
    install_database_wait(waiting)
    yield postgresql.url("postgres").replace("+psycopg", "")
    waiting.wait, waiting.wait_conn = before


@pytest.fixture
def ticks() -> Iterator[list[int]]:
    """Run a greenlet that counts how often it runs."""
    counted: list[int] = []

    def count() -> None:
        while True:
            counted.append(1)
            eventlet.sleep(0)

    greenlet = eventlet.spawn(count)
    yield counted
    greenlet.kill()


def sleep(url: str) -> None:
    """Wait in the server, on a connection of its own."""
    with psycopg.connect(url) as connection:
        connection.execute(SLEEP)


def test_a_greenlet_waits_in_the_event_loop(url: str, ticks: list[int]) -> None:
    eventlet.spawn(sleep, url).wait()
    assert len(ticks) > 10


def test_connecting_waits_in_the_event_loop_too(url: str, ticks: list[int]) -> None:
    eventlet.spawn(psycopg.connect, url).wait().close()
    assert ticks


def test_the_hub_itself_blocks(url: str, ticks: list[int]) -> None:
    """It cannot wait for itself."""
    during = Event()

    def query() -> None:
        before = len(ticks)
        try:
            sleep(url)
        except psycopg.Error as error:
            during.send_exception(error)  # The hub would print it, and go on.
        else:
            during.send(len(ticks) - before)

    hubs.get_hub().schedule_call_global(0, query)
    assert during.wait(SECONDS) == 0


def test_another_thread_blocks_and_gets_no_hub(url: str, ticks: list[int]) -> None:
    found: list[bool] = []

    def query() -> None:
        sleep(url)
        found.append(hasattr(hubs._threadlocal, "hub"))

    thread = threading.Thread(target=query)
    thread.start()
    wait_until(lambda: found)
    thread.join()
    assert found == [False]
    assert not ticks, "the loop of this thread has not run"


def test_a_large_statement_is_sent_and_received(url: str, ticks: list[int]) -> None:
    """More than the kernel buffers, so that writing waits, too."""
    text = "x" * 10_000_000

    def echo() -> Any:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT %s::text", (text,)).fetchone()

    assert eventlet.spawn(echo).wait() == (text,)


@pytest.mark.parametrize("run", [lambda function: function(), lambda f: eventlet.spawn(f).wait()])
def test_a_timeout_ends_the_wait(url: str, run: Callable[[Callable[[], Any]], Any]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("LISTEN nothing")
        assert run(lambda: list(connection.notifies(timeout=0.05))) == []


def test_what_arrived_while_the_loop_was_blocked_is_in_time() -> None:
    (first, to_first), (second, to_second) = socket.socketpair(), socket.socketpair()
    with first, to_first, second, to_second:
        slow = eventlet.spawn(green_ready, second.fileno(), READ, 0.01)
        eventlet.sleep(0)  # It waits now.
        to_first.send(b"x")
        assert green_ready(first.fileno(), READ, SECONDS) == READ
        # Between two looks at the sockets, the loop is blocked for longer than the other waits.
        to_second.send(b"x")
        blocked_until = time.monotonic() + 0.02
        while time.monotonic() < blocked_until:
            pass
        assert slow.wait() == READ


def test_an_error_of_the_server_is_raised(url: str) -> None:
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.DivisionByZero):
        connection.execute("SELECT 1 / 0")
