"""The application of all public names, on the stock library and on the engine."""

from collections.abc import Iterator

import pytest

from tests.stock.conftest import RunApp
from tests.stock.pairs import OPTIONS, Pair
from tests.stock.servers import LIBRARIES, StockServer
from tests.support.node import NodeClients


@pytest.fixture(params=LIBRARIES)
def server(request: pytest.FixtureRequest, run_app: RunApp) -> StockServer:
    return run_app("names", request.param, **OPTIONS[request.param])


@pytest.fixture
def pair(node: NodeClients, server: StockServer) -> Iterator[Pair]:
    yield Pair(node, server.url)
