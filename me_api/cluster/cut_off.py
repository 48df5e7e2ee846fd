"""Whether this node is cut off from the database, so that its clients do better at another node."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from sqlalchemy.engine import URL

from me_api.concurrency import Loop

CUT_OFF_SECONDS = 15.0
"""Seconds without an answer from the database's address after which a node is cut off."""
CONNECT_SECONDS = 3.0
POSTGRESQL_PORT = 5432


class CutOffWatch:
    """Calls its handlers with True when this node is cut off, and with False when it is not."""

    # If PostgreSQL does not run, its machine refuses the connection, or the server itself says that
    # it is starting. It is away for all nodes then, and clients stay where they are. Only if
    # nothing answers at all may another node still reach it.

    def __init__(self, loop: Loop, url: URL) -> None:
        self._loop = loop
        self._addresses = addresses(url)
        self._thread = loop.thread_pool(1, 1, lambda: None)
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
        if self._thread.run(self._answers):
            self._answered = monotonic()
        elif sent - self._answered >= CUT_OFF_SECONDS:
            self._set(True)

    def _answers(self) -> bool:
        """Return whether one of the hosts answers; in a native thread."""
        return any(
            # A Unix socket is on this machine.
            not host
            or host.startswith("/")
            or self._loop.answers_in_thread(host, port, CONNECT_SECONDS)
            for host, port in self._addresses
        )

    def _set(self, is_cut_off: bool) -> None:
        if self._is_cut_off != is_cut_off:
            self._is_cut_off = is_cut_off
            for handler in self.handlers:
                handler(is_cut_off)


def addresses(url: URL) -> list[tuple[str, int]]:
    """Return the hosts of a URL with their ports.

    There may be several, separated by commas, as for libpq, or each as a parameter with its port.
    """
    hosts = _values(url.query.get("host") or url.host or "")
    ports = _values(url.query.get("port") or str(url.port or POSTGRESQL_PORT))
    found = []
    for number, host in enumerate(hosts):
        name, has_port, port = host.partition(":")
        # An IPv6 address has more than one colon.
        if not has_port or ":" in port:
            name, port = host, ports[number % len(ports)]
        found.append((name, int(port or POSTGRESQL_PORT)))
    return found


def _values(given: str | tuple[str, ...]) -> list[str]:
    return given.split(",") if isinstance(given, str) else list(given)
