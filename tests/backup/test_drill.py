"""The drill of docs/operations.md: its commands as they stand there, while two clients stay on."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.snippets import Program
from tests.docs.tables import DOCS
from tests.support.http import HttpClient
from tests.support.server import ROOT, python_environment
from tests.support.wait import free_port, wait_until

pytestmark = pytest.mark.sqlite

LINKED = ("me_api", "migrations", "docs", "client", "LICENSE")
SERVER = ".venv/bin/python app.py"


def commands() -> list[str]:
    """Return the blocks of commands of the drill, in their order."""
    (drill,) = re.findall(
        r"^## The drill\n(.*?)^## ", (DOCS / "operations.md").read_text(), re.S | re.M
    )
    return re.findall(r"^```sh\n(.*?)^```", drill, re.S | re.M)


class Shell:
    """Runs the commands in a checkout of its own, with two free ports in place of 1337 and 1338."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = [free_port(), free_port()]
        self.servers: list[subprocess.Popen[bytes]] = []
        for name in LINKED:
            (folder / name).symlink_to(ROOT / name)
        for name in ("app.py", "wsgi.py"):
            shutil.copy(ROOT / name, folder)
        (folder / ".venv").symlink_to(sys.prefix)
        environment = python_environment() | {"ME_API_PORT": str(self.ports[0])}
        self._environment = environment | {"PYTHONPATH": str(folder)}

    def site(self, number: int) -> HttpClient:
        return HttpClient("127.0.0.1", self.ports[number])

    def run(self, block: str) -> str:
        """Run a block to its end; return what it prints."""
        done = subprocess.run(
            ["bash", "-euc", self._with_ports(block)],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def serve(self, block: str, number: int) -> None:
        """Run a block that ends with a server; wait until that is ready."""
        with (self.folder / f"server-{number}.log").open("ab") as log:
            process = subprocess.Popen(
                ["bash", "-euc", self._with_ports(block)],
                cwd=self.folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.servers.append(process)
        wait_until(lambda: self._is_ready(process, number), 60, "the server being ready")

    def log(self, number: int) -> str:
        return (self.folder / f"server-{number}.log").read_text()

    def interrupt(self) -> None:
        """Press Ctrl-C in the terminals of all servers."""
        for process in self.servers:
            os.killpg(process.pid, signal.SIGINT)
        for process in self.servers:
            process.wait(20)
        self.servers.clear()

    def _is_ready(self, process: "subprocess.Popen[bytes]", number: int) -> bool:
        assert process.poll() is None, self.log(number)
        try:
            return self.site(number).get("/readyz").status == 200
        except OSError:
            return False

    def _with_ports(self, block: str) -> str:
        for known, port in zip(("1337", "1338"), self.ports, strict=True):
            block = block.replace(known, str(port))
        return block


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    made = Shell(tmp_path)
    yield made
    for process in made.servers:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def talk(chatters: list[Program], about: str) -> None:
    """Send a message from each client, and wait until both show it."""
    for one in chatters:
        one.send(f"{about}, says {one.nick}")
        for other in chatters:
            other.wait_for_line(f"{one.nick}: {about}, says {one.nick}")


def test_the_drill(shell: Shell) -> None:
    back_up, second, look, replace, start = commands()
    assert second.endswith(f"{SERVER}\n")
    shell.serve(start, 0)
    url = f"http://127.0.0.1:{shell.ports[0]}"
    chatters = [Program("js", url, "doe"), Program("python", url, "roe")]
    try:
        talk(chatters, "before")
        assert "2 messages" in shell.run(back_up)
        shell.serve(second, 1)
        assert "a new epoch begins" in shell.log(1)
        _, first, restored = map(json.loads, shell.run(look).splitlines())
        assert [m["text"] for m in restored["data"]] == [m["text"] for m in first["data"]]
        assert restored["epoch"] != first["epoch"]
        talk(chatters, "lost")
        shell.interrupt()
        shell.run(replace)
        shell.serve(start, 0)
        talk(chatters, "after")
    finally:
        for one in chatters:
            one.close()
    messages = shell.site(0).get("/chat/rooms/lobby/messages").json
    assert [m["text"].partition(",")[0] for m in messages["data"]] == ["before"] * 2 + ["after"] * 2
    assert messages["epoch"] not in (first["epoch"], restored["epoch"])
    (lost,) = (shell.folder / "lost").glob("*.sqlite")
    assert lost.stat().st_size > 0
