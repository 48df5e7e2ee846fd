"""Waiting for something to become true, always with a bound."""

import os
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

POLL_SECONDS = 0.002
LONGEST_POLL_SECONDS = 0.05
"""The longest pause between two looks, each of which may be a request to a server."""

WAIT_SECONDS = 60
"""How long to wait for what should come at once: a busy machine has other things to do."""

BEFORE_A_POLL_ENDS = 55
"""How long to wait for a long-poll of 60 seconds that is to be answered sooner."""

PORTS = range(20_000, 32_768)
"""Below those that Linux gives to connections that go out."""

T = TypeVar("T")


def wait_until(predicate: Callable[[], T], timeout: float = WAIT_SECONDS, what: str = "") -> T:
    """Return the first true answer of the predicate; fail when none comes in time."""
    deadline = time.monotonic() + timeout
    pause = POLL_SECONDS
    while True:
        answer = predicate()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or predicate} did not happen within {timeout} s")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_POLL_SECONDS)


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens.

    Ephemeral ports are excluded: the kernel could give one to a client before the server listens,
    or while it is down. So are those of pytest's other workers, which could do the same.
    """
    while True:
        port = secrets.choice(own_ports())
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def own_ports() -> range:
    """Return the part of the ports that this process chooses from.

    Tests on PostgreSQL may run at the same time as those on SQLite: each have a half.
    """
    middle = len(PORTS) // 2
    half = PORTS[middle:] if os.environ.get("DATABASE") == "postgresql" else PORTS[:middle]
    workers = int(os.environ.get("TESTS_WORKERS", "1"))
    number = int(os.environ.get("TESTS_WORKER", "0"))
    size = len(half) // workers
    return half[number * size : (number + 1) * size]
