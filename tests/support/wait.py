"""Waiting for something to become true, always with a bound."""

import socket
import time
from collections.abc import Callable
from typing import TypeVar

POLL_SECONDS = 0.01

T = TypeVar("T")


def wait_until(predicate: Callable[[], T], timeout: float = 10, what: str = "") -> T:
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
    """Return a port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
