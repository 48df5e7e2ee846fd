"""The servers that are measured: processes on the server core, each with a folder of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path

from benchmarks.load import LOAD_CORE, SERVER_CORE, pin_to_core, pin_to_cores

HERE = Path(__file__).parent
ROOT = HERE.parent
START_SECONDS = 30


class Server(ABC):
    """A server process with a folder and a port, which stay the same when it is started again.

    As a context manager it starts the process, and at the end kills it and deletes the folder.
    """

    name = "server"
    cores = frozenset({SERVER_CORE})
    """Those that the process may run on."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=HERE, prefix=".run-"))
        self.database = self.folder / "data.sqlite"
        self.log = self.folder / "server.log"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """Return the program and its arguments."""

    def environment(self) -> dict[str, str]:
        """Return the variables to add to the environment of the process."""
        return {}

    def spawn(self) -> None:
        """Start the process without waiting for it."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("ME_API_")}
        # A child process inherits the CPU affinity.
        pin_to_cores(self.cores)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=ROOT,
                env=inherited | self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        pin_to_core(LOAD_CORE)

    def accepts(self) -> bool:
        """Return whether the server accepts connections on its port."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def start(self) -> None:
        """Start the process and wait until it accepts connections.

        Raises `RuntimeError` with the end of its log if it does not.
        """
        self.spawn()
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while not self.accepts():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.02)

    def __enter__(self) -> Server:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, error: object = None, *_: object) -> None:
        self.kill()
        if error is not None and (output := self.log.read_text()[-2000:].strip()):
            print(f"\n{self.name} printed last:\n{output}", file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """Kill the process with SIGKILL and wait until it has ended."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def resident(self) -> int:
        """Return the resident size of the process in bytes."""
        assert self.process is not None
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


class MeApi(Server):
    """This project, with rate limits that are checked but never reached."""

    name = "me-api"
    entry = "benchmarks.entry"

    def __init__(self, **settings: object) -> None:
        super().__init__()
        self.settings = {
            "port": self.port,
            "database_url": f"sqlite:///{self.database}",
            "jwt_secret": secrets.token_hex(32),
            **settings,
        }

    def command(self) -> list[str]:
        return [sys.executable, "-m", self.entry]

    def environment(self) -> dict[str, str]:
        return {f"ME_API_{name.upper()}": str(value) for name, value in self.settings.items()}


def free_port() -> int:
    """Return a port of 127.0.0.1 that is not in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
