"""The plain servers of docs/kurs/exempel, as processes that tests start and kill."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.http import HttpClient
from tests.support.server import ROOT, python_environment
from tests.support.wait import WAIT_SECONDS, free_port, wait_until

EXAMPLES = ROOT / "docs" / "kurs" / "exempel"


class PlainServers:
    """Starts plain servers; each has a port of its own, which outlives a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.lessons.fork_programs"],
            cwd=ROOT,
            env=python_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, name: str, **environment: str) -> "PlainServer":
        """Start one of the examples, and wait until it accepts connections."""
        return PlainServer(self, name, environment).start()

    def fork(self, **order: object) -> int:
        """Fork a process; return its id."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """Close the input of the process, at which its programs end."""
        self._process.communicate(timeout=WAIT_SECONDS)


class PlainServer(HttpClient):
    """One of the examples, running."""

    def __init__(self, servers: PlainServers, name: str, environment: dict[str, str]) -> None:
        super().__init__("127.0.0.1", free_port())
        self._servers = servers
        self._name = name
        self._log = servers.folder / f"{name}-{self.port}.log"
        self._environment = {**environment, "PORT": str(self.port)}
        self._pid = 0

    @property
    def url(self) -> str:
        """Return the address without a path."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> "PlainServer":
        """Start it, also again, on the same port."""
        path, log = str(EXAMPLES / f"{self._name}.py"), str(self._log)
        self._pid = self._servers.fork(path=path, environment=self._environment, log=log)
        wait_until(self._accepts, what=f"{self._name}.py serving")
        return self

    @property
    def output(self) -> str:
        """Return what it has written so far, since its first start."""
        return self._log.read_text()

    def kill(self) -> None:
        """End it as a power cut does."""
        os.kill(self._pid, signal.SIGKILL)
        wait_until(lambda: not self._runs(), what=f"the end of {self._name}.py")

    def _runs(self) -> bool:
        return Path(f"/proc/{self._pid}").exists()

    def _accepts(self) -> bool:
        assert self._runs(), self._log.read_text()
        try:
            self.get("/favicon.ico", timeout=5)
        except OSError:
            return False
        return True
