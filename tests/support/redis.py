"""A Redis server of the tests' own, which is stopped, paused and cut off as they need it."""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from redis import Redis

from deploy import programs
from deploy import redis as deployed
from deploy.process import run_as
from tests.support.wait import wait_until


class RedisServer:
    """A server that is reached through a Unix socket; it ends with this process."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="me-api-redis-"))
        self._command = [
            *run_as(None, signal.SIGKILL),
            *map(str, deployed.command(programs.redis(), self._folder)),
        ]
        self.url = deployed.url(self._folder)
        self.client: Redis = Redis.from_url(self.url)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def runs(self) -> bool:
        """Return whether it was started, and was not stopped."""
        return self._process is not None

    def start(self) -> None:
        """Start it, unless it runs, and wait until it answers."""
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
        wait_until(lambda: deployed.accepts(self._folder), what="Redis answering")

    def stop(self) -> None:
        """Kill it, as a power cut does."""
        assert self._process is not None
        self.client.close()
        self._process.kill()
        self._process.wait()
        self._process = None

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def cut_all(self) -> None:
        """Close the connections of all clients, as an operator does."""
        for client in self.clients():
            self.client.execute_command("CLIENT", "KILL", "ID", client["id"])

    def clients(self) -> list[dict[str, Any]]:
        """Return the connections of servers."""
        return [c for c in self.client.client_list() if c["name"].startswith("me-api:")]

    def close(self) -> None:
        """End it, and delete its folder."""
        if self._process is not None:
            self.stop()
        shutil.rmtree(self._folder)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
