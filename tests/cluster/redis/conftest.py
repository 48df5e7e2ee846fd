"""Two nodes that use Redis, which runs again after each test."""

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import Nodes
from tests.cluster.redis.nodes import LONG, QUICK, Two, wait_doorbell
from tests.support.redis import RedisServer


@pytest.fixture(autouse=True)
def _redis_runs(redis: RedisServer) -> Iterator[None]:
    """Start Redis again, whatever a test has done with it."""
    yield
    if redis.runs:
        redis.resume()
    redis.start()


@pytest.fixture
def two(nodes: Nodes, redis: RedisServer) -> Two:
    """Return two nodes that use Redis."""
    settings = {"redis_url": redis.url, "message_max_length": LONG}
    made = tuple(nodes.start(name, entry=QUICK, **settings) for name in ("a", "b"))
    wait_doorbell("redis", *made)
    return made  # type: ignore[return-value]
