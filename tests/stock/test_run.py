"""`SocketIO.run`: the debug mode with its reloader, `stop`, signals, and what is done after it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stock.servers import START_SECONDS
from tests.support.forks import ForkServer
from tests.support.http import HttpClient
from tests.support.node import NodeClients
from tests.support.server import python_environment
from tests.support.wait import WAIT_SECONDS, free_port, wait_until

PROGRAM = """
import sys
from flask import Flask
from me_api.transport import SocketIO

app = Flask(__name__)
socketio = SocketIO(app)

@app.get("/")
def index():
    return "here"

@app.get("/stop")
def stop():
    socketio.stop()
    return "stopping"

@socketio.on("disconnect")
def gone(reason):
    # What it does takes a while: the server waits for it.
    socketio.sleep(0.1)
    print("gone", reason, flush=True)

if __name__ == "__main__":
    socketio.run(app, port=int(sys.argv[1]), debug=sys.argv[2] == "debug")
    print("after", flush=True)
"""


class Program(HttpClient):
    """The program, in a session of its own if there is a reloader, whose process ends with it."""

    def __init__(self, forks: ForkServer, folder: Path, mode: str) -> None:
        super().__init__("127.0.0.1", free_port())
        path = folder / "program.py"
        path.write_text(PROGRAM)
        self.log = folder / "log"
        arguments = [str(self.port), mode]
        self.process = (start_new if mode == "debug" else forks.start)(
            entry=str(path),
            arguments=arguments,
            environment=python_environment(),
            log=str(self.log),
        )
        self.url = f"http://{self.host}:{self.port}"
        try:
            wait_until(self._serves, START_SECONDS, "the program serving")
        except BaseException:
            self.end()
            raise

    def _serves(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.get("/").body == b"here"
        except OSError:
            return False

    def end(self) -> None:
        if self.process.poll() is None:
            if isinstance(self.process, subprocess.Popen):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()


def start_new(
    entry: str, arguments: list[str], environment: dict[str, str], log: str
) -> "subprocess.Popen[bytes]":
    """Start Python: the reloader does so, too, with the same arguments."""
    with Path(log).open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", entry, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@pytest.fixture
def start(tmp_path: Path, forks: ForkServer) -> Iterator[Callable[[str], Program]]:
    started: list[Program] = []

    def run(mode: str) -> Program:
        started.append(Program(forks, tmp_path, mode))
        return started[-1]

    yield run
    for program in started:
        program.end()


def test_a_route_stops_the_server(start: Callable[[str], Program], node: NodeClients) -> None:
    program = start("plain")
    clients = [
        node.connect(program.url, "/", reconnection=False, transports=[transport])
        for transport in ("websocket", "polling")
    ]
    assert program.get("/stop").body == b"stopping"
    assert clients[0].wait_for("disconnect") == ["transport close"]
    assert program.process.wait(WAIT_SECONDS) == 0
    # As on stock, whose server on eventlet does not end while a client polls.
    assert program.log.read_text() == 2 * "gone transport close\n" + "after\n"
    assert clients[0].args_of("closing") == [], "that is of this project's features"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server(
    start: Callable[[str], Program], node: NodeClients, number: signal.Signals
) -> None:
    program = start("plain")
    client = node.connect(program.url, "/", reconnection=False)
    left = node.connect(program.url, "/", reconnection=False)
    left.disconnect()
    wait_until(lambda: "gone client disconnect" in program.log.read_text())
    program.process.send_signal(number)
    assert client.wait_for("disconnect") == ["transport close"]
    assert program.process.wait(WAIT_SECONDS) == 0
    assert program.log.read_text() == "gone client disconnect\ngone transport close\nafter\n"


def test_the_debug_mode_reloads_and_logs(
    start: Callable[[str], Program], node: NodeClients
) -> None:
    program = start("debug")
    client = node.connect(program.url, "/", reconnection=False, transports=["polling"])
    client.disconnect()
    wait_until(lambda: "gone client disconnect" in program.log.read_text())
    log = program.log.read_text()
    assert "Restarting with stat" in log and "Debugger is active!" in log
    assert "127.0.0.1 GET / 200 OK" in log
