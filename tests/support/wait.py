"""Waiting for something to become true, always with a bound."""

import os
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

POLL_SECONDS = 0.01
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
    while True:
        answer = predicate()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or predicate} did not happen within {timeout} s")
        time.sleep(POLL_SECONDS)


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
    """Return the part of the ports that this worker of pytest chooses from."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    size = len(PORTS) // workers
    first = number % workers * size  # One that replaces another has a number beyond.
    return PORTS[first : first + size]
