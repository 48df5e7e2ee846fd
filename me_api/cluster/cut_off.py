"""Whether this node is cut off from the database, so that its clients do better at another node."""

from __future__ import annotations

import socket
from collections.abc import Callable
from time import monotonic

from sqlalchemy.engine import URL

CUT_OFF_SECONDS = 15.0
"""Seconds without an answer from the database's address after which a node is cut off."""
CONNECT_SECONDS = 3.0
POSTGRESQL_PORT = 5432


class CutOffWatch:
    """Calls its handlers with True when this node is cut off, and with False when it is not."""

    # If PostgreSQL does not run, its machine refuses the connection, or the server itself says that
    # it is starting. It is away for all nodes then, and clients stay where they are. Only if
    # nothing answers at all may another node still reach it.

    def __init__(self, url: URL) -> None:
        self._addresses = addresses(url)
        self._answered = monotonic()
        self._is_cut_off = False
        self.handlers: list[Callable[[bool], None]] = []

    def reached(self) -> None:
        """Note that the database has answered."""
        self._answered = monotonic()
        self._set(False)

    def failed(self) -> None:
        """Look whether anything answers at the database's address; waits for that."""
        sent = monotonic()
        if any(answers(*address) for address in self._addresses):
            self._answered = monotonic()
        elif sent - self._answered >= CUT_OFF_SECONDS:
            self._set(True)

    def _set(self, is_cut_off: bool) -> None:
        if self._is_cut_off != is_cut_off:
            self._is_cut_off = is_cut_off
            for handler in self.handlers:
                handler(is_cut_off)


def addresses(url: URL) -> list[tuple[str, int]]:
    """Return the hosts of a URL with their ports; libpq accepts several, with commas."""
    hosts = str(url.query.get("host") or url.host or "").split(",")
    ports = str(url.query.get("port") or url.port or POSTGRESQL_PORT).split(",")
    return [
        (host, int(ports[number % len(ports)] or POSTGRESQL_PORT))
        for number, host in enumerate(hosts)
    ]


def answers(host: str, port: int) -> bool:
    """Return whether a machine answers, even by a refusal. A Unix socket is on this machine."""
    if not host or host.startswith("/"):
        return True
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True
