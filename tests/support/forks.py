"""Servers that are forked from a process which has imported the application already."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from socket import AF_UNIX, SOCK_SEQPACKET, recv_fds, send_fds, socketpair

from tests.support.server import ROOT, LiveServer, python_environment


class ForkedProcess:
    """A forked process, with the methods of `subprocess.Popen` that tests use."""

    def __init__(self, orders: "ForkServer", **order: object) -> None:
        self.returncode: int | None = None
        self._channel, theirs = socketpair(AF_UNIX, SOCK_SEQPACKET)
        with theirs:
            orders.send(json.dumps(order).encode(), theirs.fileno())
        pid, (self._pidfd,), *_ = recv_fds(self._channel, 100, 1)
        self.pid = int(pid)

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
                signal.pidfd_send_signal(self._pidfd, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _wait(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._channel.settimeout(timeout)
            with suppress(TimeoutError, BlockingIOError):
                # Nothing is read where the fork server has died: its children are killed then.
                self.returncode = int(self._channel.recv(100) or -signal.SIGKILL)
                self._channel.close()
                os.close(self._pidfd)
        return self.returncode


class ForkServer:
    """The process that forks, and the socket over which it gets its orders."""

    def __init__(self) -> None:
        self._orders, theirs = socketpair(AF_UNIX, SOCK_SEQPACKET)
        command = [sys.executable, "-m", "tests.support.fork_server"]
        with theirs:
            # In a session of its own Ctrl-C does not reach it: it ends when the socket is closed,
            # which also happens when this process is killed, and its children end with it.
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=python_environment(), stdin=theirs, start_new_session=True
            )

    def send(self, order: bytes, channel: int) -> None:
        """Send an order, with the socket on which the new process is reported."""
        send_fds(self._orders, [order], [channel])

    def close(self) -> None:
        """End the process, and all that it has forked."""
        self._orders.close()
        self._process.wait(10)


class ForkedServer(LiveServer):
    """A server that the fork server starts."""

    def __init__(self, fork_server: ForkServer, folder: Path, **options: object) -> None:
        super().__init__(folder, **options)
        self._fork_server = fork_server

    def spawn(self) -> ForkedProcess:
        """Start the process without waiting for it."""
        assert not self.running, "the server runs already"
        self.process = ForkedProcess(
            self._fork_server,
            entry=str(self.entry),
            environment=self.environment(),
            log=str(self.log_path),
        )
        return self.process
