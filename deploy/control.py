"""The socket through which commands reach a running cluster: one line, and one line back."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import chdir, suppress
from pathlib import Path

from deploy.process import ClusterError

NAME = "control"


def listen(folder: Path) -> socket.socket:
    """Open the socket in a folder."""
    listener = socket.socket(socket.AF_UNIX)
    # By its name alone: a path of more than about a hundred bytes is refused.
    with chdir(folder):
        Path(NAME).unlink(missing_ok=True)
        listener.bind(NAME)
    listener.listen()
    return listener


def answer(listener: socket.socket, run: Callable[[str], str]) -> None:
    """Take one command, run it, and send what it returns."""
    connection, _ = listener.accept()
    # The command may have been given up.
    with connection, suppress(OSError):
        connection.settimeout(5)
        connection.sendall(run(connection.makefile().readline().strip()).encode())


def send(folder: Path, command: str) -> str:
    """Send a command to the cluster of a folder; raise `ClusterError` if none runs there."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            with chdir(folder):
                connection.connect(NAME)
        except OSError:
            raise ClusterError(f"no cluster runs in {folder}: start it with make cluster") from None
        connection.sendall(f"{command}\n".encode())
        return connection.makefile().read()
