"""Random sequences of what clients and handlers can do, on the stock library and on the engine.

Each client receives the same from both, in the same order; acknowledgements are the same, too. The
stock library runs on threads and Werkzeug. The sids, which are random, are replaced by numbers.
"""

from random import Random

import pytest

from tests.stock.clients import TRANSPORTS
from tests.stock.conftest import RunApp
from tests.stock.game import Game
from tests.stock.random_steps import STEPS, steps
from tests.stock.servers import ENGINE, STOCK
from tests.support.node import NodeClients


@pytest.mark.parametrize("seed", range(4))
def test_each_client_receives_the_same(seed: int, node: NodeClients, run_app: RunApp) -> None:
    made = steps(Random(seed), 4)
    stock, ours = (
        Game(node, run_app("names", library, **options).url, TRANSPORTS[seed % 2]).run(made)
        for library, options in ((STOCK, {"async_mode": "threading"}), (ENGINE, {}))
    )
    for expected, received in zip(stock, ours, strict=True):
        assert received == expected
    assert sum(len(events) for _, events, _ in stock) > STEPS / 2, "something was received"
