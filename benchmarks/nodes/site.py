"""The nodes that are measured, and what they say of themselves."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import databases
from benchmarks.http_requests import send_request
from benchmarks.load import ALL_CORES
from benchmarks.servers import MeApi
from tests.support.postgresql import Cluster
from tests.support.redis import RedisServer

SECRET = secrets.token_hex(32)
"""The key of the tokens, which is the same for all nodes."""
READY_SECONDS = 60
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Node(MeApi):
    """One of several servers of a database; all of them and PostgreSQL share all cores."""

    cores = ALL_CORES

    def __init__(self, name: str, url: str, entry: str = MeApi.entry, **settings: object) -> None:
        super().__init__(node=name, database_url=url, jwt_secret=SECRET, **settings)
        self.entry = entry

    def status(self) -> dict[str, Any]:
        """Return what the node says of itself at `/readyz`."""
        status, _, body = send_request(self.port, "GET", "/readyz")
        return dict(body["data"]) if status == 200 else {}

    def wait(self, name: str, values: Collection[Any]) -> None:
        """Wait until the node says that something has one of these values."""
        deadline = time.monotonic() + READY_SECONDS
        while self.status().get(name) not in values:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{name} is {self.status().get(name)}, not in {values}")
            time.sleep(0.05)

    def processor_seconds(self) -> float:
        """Return how long the process has used a processor, in all of its threads."""
        assert self.process is not None
        # What follows the name of the program, which ends with a parenthesis (proc(5)).
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2]
        user, system = map(int, fields.split()[11:13])
        return (user + system) / CLOCK_TICKS


class Site:
    """PostgreSQL and Redis, and databases for nodes."""

    def __init__(self) -> None:
        self._postgresql = Cluster()
        self._redis = RedisServer()
        self._empty = databases.make_empty(self._postgresql)

    @property
    def redis_url(self) -> str:
        """The URL of Redis, for nodes that use it."""
        return self._redis.url

    def create(self) -> str:
        """Create an empty database; return its URL."""
        return self._postgresql.url(self._postgresql.create(self._empty))

    def close(self) -> None:
        """Stop both servers and delete their data."""
        self._redis.close()
        self._postgresql.close()


@contextmanager
def running(*nodes: Node, doorbell: str = "notify") -> Iterator[None]:
    """Start the nodes, and wait until all of them learn of commits in this way."""
    with ExitStack() as stack:
        for node in nodes:
            stack.enter_context(node)
        for node in nodes:
            node.wait("doorbell", {doorbell})
        yield
