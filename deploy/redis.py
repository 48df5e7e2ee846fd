"""A Redis server for a cluster on this machine, which keeps nothing."""

from __future__ import annotations

import socket
from pathlib import Path

from deploy.process import Process

SOCKET = "redis.sock"


def url(folder: Path) -> str:
    """Return the URL of the server in a folder."""
    return f"unix://{folder / SOCKET}"


def command(program: Path, folder: Path) -> list[object]:
    """Return how a server is started that listens on a socket in a folder, and nowhere else."""
    options = {
        "port": 0,
        "unixsocket": folder / SOCKET,
        "unixsocketperm": 700,
        "dir": folder,
        # Nothing is stored in it, so there is nothing to write to disk.
        "save": "",
    }
    return [program, *(word for name, value in options.items() for word in (f"--{name}", value))]


def make(program: Path, folder: Path, log: Path) -> Process:
    """Return the server, not started."""
    return Process("redis", command(program, folder), log, lambda: accepts(folder))


def accepts(folder: Path) -> bool:
    """Return whether the server answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(folder / SOCKET))
            connection.sendall(b"PING\r\n")
            return connection.recv(16) == b"+PONG\r\n"
        except OSError:
            return False
