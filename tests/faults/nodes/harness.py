"""Three nodes behind nginx on one PostgreSQL, with a Redis, and what the faults need of them."""

import secrets
import signal
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic
from typing import Any, NamedTuple

import psycopg

from deploy import nginx, programs
from deploy.process import Process
from tests.chat.clients import make_token
from tests.faults.checker import CHANGED, Checker, Message
from tests.faults.harness import PAUSE, SETTINGS, TOKEN_HOURS
from tests.faults.target import check_log
from tests.recovery.scenario import World, done
from tests.support.databases import name_in
from tests.support.http import HttpClient
from tests.support.postgresql import Cluster
from tests.support.redis import RedisServer
from tests.support.server import LiveServer
from tests.support.wait import free_port

NAMES = ("a", "b", "c")
IMMEDIATELY = signal.SIGQUIT
"""As `pg_ctl -m immediate stop`, and as a power cut: the next start recovers from the log."""
ROOMS = 2
START_SECONDS = 120
"""After a crash PostgreSQL syncs all of its files first."""

MakeNode = Callable[..., LiveServer]
"""Makes a server with a name and settings, not started."""


class Address(NamedTuple):
    """The address at which nginx listens."""

    port: int

    @property
    def url(self) -> str:
        """Return it without a path."""
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Nodes:
    """The nodes with their database, behind nginx; and the rooms in it."""

    postgresql: Cluster
    redis: RedisServer
    url: str
    servers: dict[str, LiveServer]
    nginx: Process
    address: Address
    world: World
    rooms: list[str]
    token: str
    checker: Checker = field(default_factory=Checker)
    stream_version: str = "1.0"
    """To HTTP/1.0 nginx sends no chunks, which the client cannot read."""
    description: str = "with three nodes behind nginx"
    failed_starts: int = 0

    @property
    def to_listeners(self) -> Address:
        return self.address

    @property
    def to_posters(self) -> Address:
        return self.address

    @property
    def direct(self) -> HttpClient:
        return HttpClient("127.0.0.1", self.address.port)

    def choose(self, moments: Random) -> LiveServer:
        """Return one of the nodes."""
        return self.servers[moments.choice(NAMES)]

    def connect(self) -> "psycopg.Connection[Any]":
        """Connect to the database; each statement is a transaction of its own."""
        return self.postgresql.connect(name_in(self.url))

    def start_database(self) -> None:
        """Start PostgreSQL and wait until it accepts connections."""
        self.postgresql.start(START_SECONDS)

    def recover(self) -> None:
        """Start what has ended, until all is ready, as a supervisor does."""
        if self.postgresql.process is None:
            self.start_database()
        self.redis.start()
        self.nginx.start()
        deadline = monotonic() + START_SECONDS
        for server in self.servers.values():
            while not self._is_ready(server):
                assert monotonic() < deadline, f"{server.folder.name}:\n{server.log[-5000:]}"
                self.failed_starts += 1
                Event().wait(PAUSE)
        self.nginx.wait_ready()

    def finish(self) -> None:
        """Kill and start everything; report what logs show, and how the nodes' answers differ."""
        for server in self.servers.values():
            server.kill()
        self.postgresql.stop(IMMEDIATELY)
        self.recover()
        for room in self.rooms:
            first, *others = (self._read(server, room) for server in self.servers.values())
            for other in others:
                if other != first:
                    self.checker.report(CHANGED, room, f"{first} at one node, {other} at another")
        for name, server in self.servers.items():
            check_log(self.checker, f"node {name}", server.log)

    def history(self) -> list[Message]:
        """Return all messages of all rooms."""
        return [message for room in self.rooms for message in self.world.history(room)]

    def close(self) -> None:
        """End all, however it is."""
        self.nginx.stop()
        for server in self.servers.values():
            server.kill()

    def _is_ready(self, server: LiveServer) -> bool:
        if not server.running:
            server.spawn()
        try:
            server.wait_ready(START_SECONDS)
        except AssertionError:
            if server.running:
                raise
            return False
        return True

    def _read(self, server: LiveServer, room: str) -> list[Message]:
        """Return all changes of a room, in their order, as a node returns them."""
        changes: list[Message] = []
        since, more = 0, True
        while more:
            path = f"/chat/rooms/{room}/changes?since={since}&limit=200"
            reply = server.get(path, token=self.token)
            changes += done(reply, 200)
            since, more = reply.json["rev"], reply.json["more"]
        return changes


def make_nodes(
    postgresql: Cluster, redis: RedisServer, url: str, folder: Path, make: MakeNode
) -> Nodes:
    """Start three nodes with empty rooms, and nginx with the configuration of `deploy/`."""
    shared = {
        "database_url": url,
        "redis_url": redis.url,
        "jwt_secret": secrets.token_hex(32),
        "trusted_proxies": 1,
    }
    servers = {name: make(name, node=name, **shared, **SETTINGS) for name in NAMES}
    port = free_port()
    ports = {name: server.port for name, server in servers.items()}
    with ExitStack() as undo:
        for server in servers.values():
            undo.callback(server.kill)
            server.start()
        balancer = nginx.make(programs.nginx(), folder, port, ports, folder / "nginx.log")
        undo.callback(balancer.stop)
        balancer.start()
        balancer.wait_ready()
        world = World(servers["a"])
        rooms = [world.room() for _ in range(ROOMS)]
        token = make_token(servers["a"], "user", hours=TOKEN_HOURS)
        undo.pop_all()
    return Nodes(postgresql, redis, url, servers, balancer, Address(port), world, rooms, token)
