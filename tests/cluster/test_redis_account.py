"""The account of the nodes in Redis that docs/cluster.md has: enough for them, and for no more."""

import re
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from tests.cluster.conftest import Nodes
from tests.cluster.test_doorbell import doorbell
from tests.support.redis import RedisServer
from tests.support.server import ROOT
from tests.support.tls_site import make_certificate
from tests.support.wait import free_port, wait_until


def test_it_is_enough_for_a_node_and_for_no_more(
    nodes: Nodes, redis: RedisServer, tmp_path: Path
) -> None:
    command = re.search(r"`(ACL SETUSER .*)`", (ROOT / "docs" / "cluster.md").read_text())
    assert command is not None
    redis.client.execute_command(*command[1].replace("PASSWORD", "secret").split())
    certificate, key = make_certificate(tmp_path)
    port = free_port()
    redis.client.config_set("tls-cert-file", str(certificate), "tls-key-file", str(key))
    redis.client.config_set("tls-auth-clients", "no", "tls-port", port)
    url = f"rediss://me_api:secret@127.0.0.1:{port}?ssl_ca_certs={certificate}"
    server = nodes.start("account", entry="quick_redis", redis_url=url)
    wait_until(lambda: doorbell(server) == "redis", what="Redis being used")
    with Redis.from_url(redis.url.replace("unix://", "unix://me_api:secret@")) as account:
        for refused in ("SET key 1", "PUBLISH other 1", "SUBSCRIBE other", "CONFIG GET port"):
            with pytest.raises(NoPermissionError):
                account.execute_command(*refused.split())
    redis.client.acl_deluser("me_api")
    redis.client.config_set("tls-port", 0)
