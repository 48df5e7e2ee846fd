"""Two nodes on one PostgreSQL database, behind nginx with the configuration of `deploy/`."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy import nginx, programs
from deploy.process import Process
from tests.conftest import SERVERS, StartServer
from tests.recovery.scenario import World
from tests.support.databases import Databases
from tests.support.http import HttpClient
from tests.support.server import LiveServer
from tests.support.wait import free_port


class Site(HttpClient):
    """The address of nginx, and the nodes behind it."""

    def __init__(self, port: int, nodes: dict[str, LiveServer]) -> None:
        super().__init__("127.0.0.1", port)
        self.nodes = nodes
        self.world = World(nodes["a"])

    @property
    def url(self) -> str:
        """Return the address without a path."""
        return f"http://{self.host}:{self.port}"


@pytest.fixture(scope="module")
def nodes(
    start_server: StartServer,
    postgresql_databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, LiveServer]]:
    """Start two nodes. The third one of nginx's configuration is down."""
    url = postgresql_databases.create(tmp_path_factory.mktemp("site"))
    shared = {
        "database_url": url,
        "jwt_secret": secrets.token_hex(32),
        "trusted_proxies": 1,
        "rate_limits": "on",
        "rates": "post=1000/1000,address_post=1000/1000,address_export=0.001/1",
        "cors_origins": "https://other.example",
    }
    made = {name: start_server(f"node-{name}", node=name, **shared) for name in ("a", "b")}
    yield made
    for server in made.values():
        server.stop()
    postgresql_databases.drop(url)


@pytest.fixture(scope="module")
def start_nginx(
    nodes: dict[str, LiveServer], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., int]]:
    """Start nginx before the nodes, and return its port."""
    started: list[tuple[Process, Path]] = []

    def start(**options: str) -> int:
        folder = tmp_path_factory.mktemp("nginx")
        port = free_port()
        ports = {name: server.port for name, server in nodes.items()} | {"c": free_port()}
        log = folder / "log"
        made = nginx.make(programs.nginx(), folder, port, ports, log, **options)
        started.append((made, log))
        made.start()
        made.wait_ready()
        return port

    yield start
    for process, log in started:
        process.stop()
        assert process.ended_with == 0, log.read_text()


@pytest.fixture(scope="module")
def whole_site(start_nginx: Callable[..., int], nodes: dict[str, LiveServer]) -> Site:
    return Site(start_nginx(), nodes)


@pytest.fixture
def site(whole_site: Site, request: pytest.FixtureRequest) -> Site:
    """Return the site; print the logs of its nodes if the test fails."""
    request.node.stash.setdefault(SERVERS, []).extend(whole_site.nodes.values())
    return whole_site
