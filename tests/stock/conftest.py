"""Servers of the applications, each started once for all tests of the folder."""

from collections.abc import Callable, Iterator

import pytest

from tests.stock.servers import StockServer

RunApp = Callable[..., StockServer]


@pytest.fixture(scope="package")
def run_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunApp]:
    """Start applications, or return those that run already."""
    running: dict[tuple[object, ...], StockServer] = {}

    def start(app: str, library: str, **options: object) -> StockServer:
        key = (app, library, repr(options))
        if key not in running:
            folder = tmp_path_factory.mktemp("stock")
            running[key] = StockServer(folder, app, library, **options)
        return running[key]

    yield start
    for server in running.values():
        server.stop()
