"""Servers of the applications, each started once for all tests of the folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import SERVERS
from tests.stock.servers import MODULES, StockServer
from tests.support.forks import ForkServer, fork_server_in

RunApp = Callable[..., StockServer]


@pytest.fixture(scope="package")
def running(forks: ForkServer) -> Iterator[dict[object, StockServer]]:
    """Return the applications that run, which are stopped before what has forked them ends."""
    made: dict[object, StockServer] = {}
    with ExitStack() as stack:
        yield made
        for server in made.values():
            stack.callback(server.stop)


@pytest.fixture(scope="package")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """Start the process that forks the applications."""
    with fork_server_in(tmp_path_factory.mktemp("forks"), *MODULES) as made:
        yield made


@pytest.fixture
def run_app(
    running: dict[object, StockServer],
    forks: ForkServer,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> RunApp:
    """Start applications, or return those that run already; their output is shown on failure."""

    def start(app: str, library: str, **options: object) -> StockServer:
        key = (app, library, repr(options))
        if key not in running:
            folder = tmp_path_factory.mktemp("stock")
            running[key] = StockServer(forks, folder, app, library, **options)
        request.node.stash.setdefault(SERVERS, []).append(running[key])
        return running[key]

    return start
