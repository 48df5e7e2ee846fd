"""`make cluster`: what a person does with it, and that it leaves nothing running."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.http import HttpClient
from tests.support.server import ROOT, python_environment
from tests.support.wait import WAIT_SECONDS, free_port, wait_until

PATH = "/chat/rooms/lobby/messages"
PROGRAM = [sys.executable, "-m", "deploy.cluster", "--folder"]


class Cluster:
    """The program as a person runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports()
        self.nodes = {
            name: HttpClient("127.0.0.1", self.port + number)
            for number, name in enumerate(("a", "b", "c"), start=1)
        }
        self.nginx = HttpClient("127.0.0.1", self.port)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it, wait until it prints what to try, and return that."""
        self.process = subprocess.Popen(
            [*PROGRAM, str(self.folder), "--port", str(self.port), "run"],
            cwd=ROOT,
            # What it has to leave behind when it is killed is deleted with the folder.
            env=python_environment() | {"TMPDIR": str(self.folder.parent)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        printed = ""
        while "Ctrl-C ends all of it" not in printed:
            line = self.process.stdout.readline()
            if not line:
                self.process.wait(WAIT_SECONDS)
                self.process.stdout.close()
                raise AssertionError(printed)
            printed += line
        return printed

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [*PROGRAM, str(self.folder), *words],
            cwd=ROOT,
            env=python_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        return (done.stdout + done.stderr).strip()

    def end(self, number: signal.Signals) -> int:
        """End it by a signal; return its exit code. No program of it may have to be killed."""
        assert self.process is not None and self.process.stdout is not None
        self.process.send_signal(number)
        code = self.process.wait(60)
        with self.process.stdout as stdout:
            assert "does not stop" not in (printed := stdout.read()), printed
        return code

    def left(self) -> list[str]:
        """Return what is left of it: PostgreSQL, which names its folder, and what has its ports."""
        named = [line for line in processes() if str(self.folder) in line]
        ports = self.nodes | {"nginx": self.nginx}
        return named + [name for name, client in ports.items() if is_up(client)]


def free_ports() -> int:
    """Return the first of four ports on which nothing listens."""
    while True:
        first = free_port()
        clients = [HttpClient("127.0.0.1", first + number) for number in range(4)]
        if not any(map(is_up, clients)):
            return first


def is_up(client: HttpClient) -> bool:
    try:
        return client.get("/healthz").status == 200
    except OSError:
        return False


def status(node: HttpClient) -> dict[str, str]:
    """Return what a node says of itself."""
    body: dict[str, str] = node.get("/readyz").json["data"]
    return body


def processes() -> Iterator[str]:
    """Yield the command line of each process."""
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) != os.getpid():
            try:
                yield (process / "cmdline").read_text()
            except OSError:
                continue


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Make a cluster, not started, in a folder whose name has a space."""
    with tempfile.TemporaryDirectory(prefix="me-api-") as name:
        # PostgreSQL's account has to be able to enter it, unlike pytest's folders.
        Path(name).chmod(0o755)
        made = Cluster(Path(name, "a cluster"))
        yield made
        if made.process is not None and made.process.poll() is None:
            made.end(signal.SIGKILL)


def test_a_person_tries_and_breaks_it(cluster: Cluster) -> None:
    assert f'DATA="{cluster.folder}"' in cluster.start()
    posted = cluster.nodes["a"].post(PATH, {"nick": "mos", "text": "hej"}).json["data"]
    for name in ("b", "c"):
        wait_until(lambda name=name: cluster.nodes[name].get(PATH).json["data"] == [posted])
    assert cluster.nginx.get(PATH).json["data"] == [posted]

    assert cluster.command("kill", "b") == "b was killed"
    assert cluster.command("kill", "b") == "b does not run"
    assert not is_up(cluster.nodes["b"])
    for _ in range(4):
        assert cluster.nginx.get(PATH).json["data"] == [posted]
    assert cluster.command("start", "b") == "b runs"
    assert cluster.nodes["b"].get(PATH).json["data"] == [posted]

    wait_until(lambda: status(cluster.nodes["a"])["doorbell"] == "redis", what="Redis being used")
    assert cluster.command("kill", "redis") == "redis was killed"
    wait_until(lambda: status(cluster.nodes["a"])["redis"] == "away", what="Redis being away")
    assert cluster.command("start", "redis") == "redis runs"

    assert cluster.command("kill", "postgresql") == "postgresql was killed"
    assert cluster.nodes["a"].get("/readyz").status == 503
    assert cluster.command("start", "postgresql") == "postgresql runs"
    for name, node in cluster.nodes.items():
        wait_until(lambda node=node: node.get("/readyz").status == 200, what=f"{name} being ready")
    assert cluster.command("kill", "nginx") == "nginx was killed"
    assert not is_up(cluster.nginx)
    assert cluster.command("start", "nginx") == "nginx runs"
    assert cluster.nginx.get(PATH).json["data"] == [posted]
    assert cluster.command("pause", "nobody").startswith("there is no nobody")

    assert cluster.end(signal.SIGINT) == 0
    assert cluster.left() == []
    assert cluster.command("kill", "a").startswith("make cluster: no cluster runs in")


def test_its_data_outlive_it_and_nothing_outlives_its_death(cluster: Cluster) -> None:
    cluster.start()
    posted = cluster.nginx.post(PATH, {"nick": "mos", "text": "hej"}).json["data"]
    assert cluster.end(signal.SIGTERM) == 0
    cluster.start()
    assert cluster.nodes["c"].get(PATH).json["data"] == [posted]
    second = Cluster(cluster.folder)
    with pytest.raises(AssertionError, match=r"a cluster runs in .* already"):
        second.start()
    cluster.end(signal.SIGKILL)
    wait_until(lambda: cluster.left() == [], 30, "the end of all that it has started")
