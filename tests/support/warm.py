"""Servers whose processes have their imports behind them when they start: most of a start."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.server import ROOT, LiveServer, python_environment


class Spares:
    """Keeps one process ahead, which imports the server while a test uses the one before."""

    def __init__(self) -> None:
        self._next = self._make()

    def start(self, **orders: object) -> "subprocess.Popen[bytes]":
        """Give the one that is ready, or soon will be, its orders."""
        taken, self._next = self._next, self._make()
        assert taken.stdin is not None
        with taken.stdin as pipe:
            pipe.write(json.dumps(orders).encode() + b"\n")
        return taken

    def close(self) -> None:
        """End the one that nobody took."""
        with self._next as unused:
            unused.kill()

    def _make(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.support.spare"]
        return subprocess.Popen(command, cwd=ROOT, env=python_environment(), stdin=subprocess.PIPE)


class WarmServer(LiveServer):
    """A server whose processes were spare ones before they were started."""

    def __init__(self, spares: Spares, folder: Path, **options: object) -> None:
        super().__init__(folder, **options)
        self._spares = spares

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start the process without waiting for it."""
        assert not self.running, "the server runs already"
        self.process = self._spares.start(
            entry=str(self.entry), environment=self.environment(), log=str(self.log_path)
        )
        return self.process
