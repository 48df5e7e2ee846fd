"""Fixtures: a server of one's own, and unmodified clients to talk to it."""

import gc
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support import measurement
from tests.support.database_fixtures import (
    databases,
    empty_database,
    postgresql,
    postgresql_databases,
    redis,
)
from tests.support.databases import DATABASE, Databases
from tests.support.failures import SERVERS, pytest_runtest_makereport
from tests.support.forks import ForkedServer, ForkServer, fork_server_in
from tests.support.node import NodeClients
from tests.support.server import LiveServer
from tests.support.workers import plugin as workers

__all__ = [
    "SERVERS",
    "databases",
    "empty_database",
    "postgresql",
    "postgresql_databases",
    "pytest_runtest_makereport",
    "redis",
]

FORK_SERVER = pytest.StashKey[ForkServer]()

GARBAGE = 20_000
"""At so many new objects garbage is collected; Python's default was made for 700."""

MakeServer = Callable[..., LiveServer]
StartServer = Callable[..., LiveServer]

# Before anything is imported that is measured.
measurement.start()

# A machine may be slow: no example has a deadline, and none has to be made in a time.
settings.register_profile(
    "tests",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    print_blob=True,
)
settings.load_profile("tests")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from what is imported and collected."""
    gc.disable()
    try:
        return (yield)
    finally:
        measurement.settle()
        # Thousands of tests stay until the end: no garbage collection has to look through them.
        gc.freeze()
        # A tenth of a worker's processor time would go into looking for cycles among what lives.
        gc.set_threshold(GARBAGE, 20, 20)
        gc.enable()


def pytest_sessionfinish() -> None:
    """Write what this process has executed."""
    measurement.save()


def pytest_addoption(parser: pytest.Parser) -> None:
    workers.add_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Start one process that forks the servers of all workers, before the tests are collected."""
    if count := config.getoption("workers"):
        stack = ExitStack()
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="me-api-forks-")))
        config.stash[FORK_SERVER] = stack.enter_context(fork_server_in(folder))
        config.add_cleanup(stack.close)
        config.pluginmanager.register(workers.Workers(count))


@pytest.fixture(scope="session")
def fork_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ForkServer]:
    """Return the process that forks all servers; start it where the tests have no workers."""
    if given := request.config.stash.get(FORK_SERVER, None):
        yield given
        return
    with fork_server_in(tmp_path_factory.mktemp("fork-server")) as made:
        yield made


@pytest.fixture
def make_server(
    request: pytest.FixtureRequest, tmp_path: Path, fork_server: ForkServer, databases: Databases
) -> Iterator[MakeServer]:
    """Start servers with given settings, each with a fresh database.

    A server that is not `forked` is a new Python process, which makes its SQLite database itself.
    """
    # Not the list of which failures are reported: it may hold servers that several tests share.
    servers: list[LiveServer] = []
    reported = request.node.stash.setdefault(SERVERS, [])
    created: list[str] = []

    def make(*, start: bool = True, forked: bool = True, **options: Any) -> LiveServer:
        folder = tmp_path / f"server-{len(servers) + 1}"
        folder.mkdir()
        if "database_url" not in options and (forked or DATABASE != "sqlite"):
            created.append(databases.create(folder))
            options["database_url"] = created[-1]
        kind = partial(ForkedServer, fork_server) if forked else LiveServer
        made = kind(folder, **options)
        servers.append(made)
        reported.append(made)
        return made.start() if start else made

    yield make
    try:
        end(servers)
    finally:
        for url in created:
            databases.drop(url)


def end(servers: list[LiveServer]) -> None:
    """Stop what still runs, so that it is measured; kill what does not stop, and fail."""
    running = [server for server in servers if server.running]
    try:
        for server in running:
            server.stop()
    finally:
        for server in running:
            server.kill()


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start one server with the default settings and no rate limits."""
    return make_server()


def reported(server: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    """Return a server that several tests share; its output is shown if this test fails."""
    request.node.stash.setdefault(SERVERS, []).append(server)
    return server


@pytest.fixture(scope="session")
def start_server(
    tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer, databases: Databases
) -> StartServer:
    """Start servers that several tests share; the fixture that starts one stops it."""

    def start(name: str, **options: Any) -> LiveServer:
        return ForkedServer(
            fork_server, tmp_path_factory.mktemp(name), databases, **options
        ).start()

    return start


@pytest.fixture(scope="module")
def shared_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start one server for all tests of a module."""
    made = start_server("shared")
    yield made
    made.stop()


@pytest.fixture(scope="session")
def node_process() -> Iterator[NodeClients]:
    """Start Node once for all tests."""
    clients = NodeClients()
    yield clients
    clients.end()


@pytest.fixture
def node(node_process: NodeClients) -> Iterator[NodeClients]:
    """Lend stock socket.io-clients, all closed after the test."""
    yield node_process
    node_process.close_all()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about SQLite only, where the tests run on another database."""
    if DATABASE != "sqlite":
        left = [item for item in items if item.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
