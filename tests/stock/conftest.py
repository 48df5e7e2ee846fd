"""Servers of the applications, each started once for all tests of the folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import SERVERS
from tests.stock.servers import StockServer

RunApp = Callable[..., StockServer]


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[object, StockServer]]:
    """Return the applications that run, which are stopped at the end."""
    made: dict[object, StockServer] = {}
    with ExitStack() as stack:
        yield made
        for server in made.values():
            stack.callback(server.stop)


@pytest.fixture
def run_app(
    running: dict[object, StockServer],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> RunApp:
    """Start applications, or return those that run already; their output is shown on failure."""

    def start(app: str, library: str, **options: object) -> StockServer:
        key = (app, library, repr(options))
        if key not in running:
            folder = tmp_path_factory.mktemp("stock")
            running[key] = StockServer(folder, app, library, **options)
        request.node.stash.setdefault(SERVERS, []).append(running[key])
        return running[key]

    return start
