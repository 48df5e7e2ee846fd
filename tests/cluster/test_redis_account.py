"""The account of the nodes in Redis that docs/cluster.md has: enough for them, and for no more."""

import re

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from tests.cluster.conftest import Nodes
from tests.cluster.test_doorbell import doorbell
from tests.support.redis import RedisServer
from tests.support.server import ROOT
from tests.support.wait import wait_until


def test_it_is_enough_for_a_node_and_for_no_more(nodes: Nodes, redis: RedisServer) -> None:
    command = re.search(r"`(ACL SETUSER .*)`", (ROOT / "docs" / "cluster.md").read_text())
    assert command is not None
    redis.client.execute_command(*command[1].replace("PASSWORD", "secret").split())
    url = redis.url.replace("unix://", "unix://me_api:secret@")
    server = nodes.start("account", entry="quick_redis", redis_url=url)
    wait_until(lambda: doorbell(server) == "redis", what="Redis being used")
    with Redis.from_url(url) as account:
        for refused in ("SET key 1", "PUBLISH other 1", "SUBSCRIBE other", "CONFIG GET port"):
            with pytest.raises(NoPermissionError):
                account.execute_command(*refused.split())
    redis.client.acl_deluser("me_api")
