"""Servers that are forked from a process which has imported the application already."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from socket import AF_UNIX, SHUT_WR, socket
from typing import Any

from tests.support.databases import Databases
from tests.support.server import COMMAND_SECONDS, ENTRIES, ROOT, LiveServer, python_environment
from tests.support.wait import WAIT_SECONDS

FLASK = str(ENTRIES / "flask_command.py")
"""The entry that is the flask command."""


class ForkedProcess:
    """A forked process, with the methods of `subprocess.Popen` that tests use."""

    def __init__(self, path: Path, **order: object) -> None:
        self.returncode: int | None = None
        self._connection = socket(AF_UNIX)
        self._connection.connect(str(path))
        self._connection.sendall(json.dumps(order).encode() + b"\n")
        line = b""
        while not line.endswith(b"\n"):
            line += self._connection.recv(1)  # Not more: the exit code may follow at once.
        self.pid = int(line)

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs."""
        return self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code when the process has ended; raise `TimeoutExpired` before."""
        code = self._wait(timeout)
        if code is None:
            raise subprocess.TimeoutExpired([f"process {self.pid}"], timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        with suppress(ProcessLookupError):
            if self.poll() is None:
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _wait(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._connection.settimeout(timeout)
            with suppress(TimeoutError, BlockingIOError):
                # Nothing is read where the fork server has died: its children are killed then.
                self.returncode = int(self._connection.recv(100) or -signal.SIGKILL)
                self._connection.close()
        return self.returncode


class ForkServer:
    """The process that forks, for all that know its folder: see `tests.support.fork_server`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, **order: object) -> ForkedProcess:
        """Fork a process that runs the entry."""
        return ForkedProcess(self.folder / "socket", **order)

    def run(
        self, folder: Path, *, typed: str = "", **order: Any
    ) -> "subprocess.CompletedProcess[str]":
        """Run an entry to its end; the files with its input and output are made in the folder."""
        name = secrets.token_hex(4)
        if typed:
            order["input"] = str(folder / f"{name}.input")
            Path(order["input"]).write_text(typed)
        output, errors = (folder / f"{name}.{kind}" for kind in ("output", "errors"))
        code = self.start(log=str(output), errors=str(errors), **order).wait(COMMAND_SECONDS)
        command = [order["entry"], *order.get("arguments", ())]
        return subprocess.CompletedProcess(command, code, output.read_text(), errors.read_text())

    @cached_property
    def empty_database(self) -> Path:
        """An SQLite database with all tables, for each server to get a copy of."""
        # The process closes a connection without an order as soon as it accepts any.
        with socket(AF_UNIX) as connection:
            connection.connect(str(self.folder / "socket"))
            connection.shutdown(SHUT_WR)
            connection.recv(1)
        path = self.folder / "empty.sqlite"
        assert path.exists(), "the fork server has ended"
        return path


@contextmanager
def fork_server_in(folder: Path, *modules: str) -> Iterator[ForkServer]:
    """Run a fork server, for the application or these modules; end it and all it has forked."""
    # In a session of its own Ctrl-C does not reach it: it ends when its standard input is closed,
    # which also happens when this process is killed, and its children end with it.
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.fork_server", str(folder), *modules],
        cwd=ROOT,
        env=python_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"listens\n"
        yield ForkServer(folder)
        process.communicate(timeout=WAIT_SECONDS)


class ForkedServer(LiveServer):
    """A server that the fork server starts, on a fresh database if given where to make one."""

    def __init__(
        self,
        fork_server: ForkServer,
        folder: Path,
        databases: Databases | None = None,
        **options: Any,
    ) -> None:
        if databases and "database_url" not in options:
            options["database_url"] = databases.create(folder)
        super().__init__(folder, **options)
        self._fork_server = fork_server

    def spawn(self) -> ForkedProcess:
        """Start the process without waiting for it."""
        assert not self.running, "the server runs already"
        self.process = self._fork_server.start(
            entry=str(self.entry), environment=self.environment(), log=str(self.log_path)
        )
        return self.process

    def flask(self, *arguments: str, forked: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run the flask command; it is a new Python process if not `forked`."""
        if not forked:
            return super().flask(*arguments)
        return self._fork_server.run(
            self.folder, entry=FLASK, arguments=arguments, environment=self.environment()
        )
