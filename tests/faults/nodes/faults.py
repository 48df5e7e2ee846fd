"""The faults of several nodes, of nginx, of their database, and of Redis."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from threading import Event

from tests.faults.fault import DISK, NETWORK, PROCESS, REDIS, Act, Fault
from tests.faults.nodes.harness import IMMEDIATELY, Nodes

STOP_SECONDS = 60

TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE %s
"""


@contextmanager
def killed(nodes: Nodes, moments: Random) -> Iterator[None]:
    server = nodes.choose(moments)
    server.kill()
    yield
    server.spawn()


@contextmanager
def all_killed(nodes: Nodes, _: Random) -> Iterator[None]:
    for server in nodes.servers.values():
        server.kill()
    yield
    for server in nodes.servers.values():
        server.spawn()


@contextmanager
def stopped(nodes: Nodes, moments: Random) -> Iterator[None]:
    process = nodes.choose(moments).process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGCONT)


@contextmanager
def restarted_in_turn(nodes: Nodes, _: Random) -> Iterator[None]:
    """Stop and start one node after the other, as an upgrade does."""
    for server in nodes.servers.values():
        server.stop(STOP_SECONDS)
        server.start()
    yield


@contextmanager
def balancer_stopped(nodes: Nodes, _: Random) -> Iterator[None]:
    nodes.nginx.stop()
    yield
    nodes.nginx.start()


@contextmanager
def database_stopped(nodes: Nodes, _: Random) -> Iterator[None]:
    nodes.postgresql.stop(IMMEDIATELY)
    yield
    nodes.start_database()


def terminated(names: str) -> Act:
    """Terminate the sessions that nodes have for a purpose, several times in a row."""

    @contextmanager
    def act(nodes: Nodes, moments: Random) -> Iterator[None]:
        with nodes.connect() as connection:
            for _ in range(moments.randrange(3, 10)):
                connection.execute(TERMINATE, (names,))
                Event().wait(moments.uniform(0, 0.2))
        yield

    return act


@contextmanager
def redis_killed(nodes: Nodes, _: Random) -> Iterator[None]:
    nodes.redis.stop()
    yield
    nodes.redis.start()


@contextmanager
def redis_stopped(nodes: Nodes, _: Random) -> Iterator[None]:
    nodes.redis.pause()
    yield
    nodes.redis.resume()


@contextmanager
def redis_cut(nodes: Nodes, moments: Random) -> Iterator[None]:
    """Close the connections of all nodes, and empty it, several times in a row."""
    for _ in range(moments.randrange(3, 10)):
        nodes.redis.cut_all()
        nodes.redis.client.flushall()
        Event().wait(moments.uniform(0, 0.2))
    yield


FAULTS = [
    Fault("kill -9 of a node", PROCESS, killed, (0, 3)),
    Fault("kill -9 of all nodes", PROCESS, all_killed, (0, 1)),
    Fault("SIGSTOP, SIGCONT of a node", PROCESS, stopped, (0.2, 30)),
    Fault("rolling restart", PROCESS, restarted_in_turn, (0, 0), combines=False),
    Fault("PostgreSQL stopped at once, started", DISK, database_stopped, (0, 5)),
    Fault("writers' sessions terminated", DISK, terminated("me-api writer"), (0, 0)),
    Fault("readers' sessions terminated", DISK, terminated("me-api reader"), (0, 0)),
    Fault("doorbells' sessions terminated", DISK, terminated("me-api node %"), (0, 0)),
    Fault("Redis killed, started", REDIS, redis_killed, (0, 10)),
    Fault("SIGSTOP, SIGCONT of Redis", REDIS, redis_stopped, (0.2, 10)),
    Fault("Redis' connections closed, its data deleted", REDIS, redis_cut, (0, 0)),
    Fault("nginx stopped, started", NETWORK, balancer_stopped, (0, 1)),
]
"""In `make test` the times are shorter."""
