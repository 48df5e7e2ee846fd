"""`message_queue`: several processes of one application, and others that only emit."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy import programs
from tests.stock.servers import ENGINE, StockServer
from tests.support.forks import ForkServer
from tests.support.node import NodeClient, NodeClients
from tests.support.server import python_environment
from tests.support.wait import free_port, wait_until

EMIT = """
from me_api.transport import SocketIO
socketio = SocketIO(message_queue={url!r})
socketio.emit("from outside", {{"a": b"\\0"}}, to="room")
socketio.send("for all")
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server of Redis, and return its address."""
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen([str(programs.redis()), *options], stdout=subprocess.DEVNULL) as process:
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()


@pytest.fixture(scope="module")
def servers(
    url: str, tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer
) -> Iterator[list[StockServer]]:
    """Start two processes of the application `names`, in which eventlet has replaced modules."""
    folders: list[Path] = [tmp_path_factory.mktemp("queue") for _ in range(2)]
    with ExitStack() as stack:
        started = []
        for folder in folders:
            started.append(StockServer(fork_server, folder, "names", ENGINE, message_queue=url))
            stack.callback(started[-1].stop)
        yield started


@pytest.fixture
def clients(servers: list[StockServer], node: NodeClients) -> list[NodeClient]:
    """Connect a client to each process; return when both receive what the other emits."""
    connected = [node.connect(server.url, "/", {"nick": "å"}) for server in servers]
    for one, two in (connected, connected[::-1]):

        def arrives(one: NodeClient = one, two: NodeClient = two) -> bool:
            one.call("emit", "subscribed", [], {"broadcast": True})
            return bool(two.args_of("subscribed"))

        wait_until(arrives)
    return connected


def sid(client: NodeClient) -> str:
    return str(client.state()["id"])


def test_events_reach_the_clients_of_all_processes(clients: list[NodeClient]) -> None:
    one, two = clients
    for client in clients:
        client.call("rooms", ["room"], [])
    one.call("emit", "x", [[1, b"\1"]], {"to": "room", "include_self": False})
    assert two.wait_for("x") == [[1, {"$binary": "AQ=="}]]
    one.call("emit", "y", [], {"to": sid(two)})
    assert two.wait_for("y") == []
    assert one.args_of("x") == one.args_of("y") == []


def test_a_call_to_a_client_of_another_process(clients: list[NodeClient]) -> None:
    one, two = clients
    assert one.call("call another", sid(two), 10) == "you"


def test_rooms_are_joined_and_closed_in_all_processes(clients: list[NodeClient]) -> None:
    one, two = clients
    one.call("rooms of", sid(two), "chosen")
    wait_until(lambda: "chosen" in two.call("rooms", [], []))
    assert one.call("close", "chosen", True) == "closed"
    wait_until(lambda: "chosen" not in two.call("rooms", [], []))


def test_a_client_of_another_process_is_disconnected(clients: list[NodeClient]) -> None:
    one, two = clients
    one.emit("disconnect me", sid(two))
    assert two.wait_for("disconnect") == ["io server disconnect"]


def test_a_process_without_an_application_emits(
    clients: list[NodeClient], url: str, forks: ForkServer, tmp_path: Path
) -> None:
    for client in clients:
        client.call("rooms", ["room"], [])
    program = tmp_path / "emit.py"
    program.write_text(EMIT.format(url=url))
    done = forks.run(tmp_path, entry=str(program), environment=python_environment())
    assert done.returncode == 0, done.stderr
    for client in clients:
        assert client.wait_for("from outside") == [{"a": {"$binary": "AA=="}}]
        assert client.wait_for("message") == ["for all"]
