"""Measures what requests cost, over one kept connection, two kinds in turn."""

import http.client
import json
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

Path = Callable[[int], str]


class Comparison(NamedTuple):
    """The medians of two requests, in seconds, and the median ratio of those that were neighbours.

    What else the machine does meanwhile slows down neighbours alike, and so leaves their ratio.
    """

    small: float
    large: float
    ratio: float


class Requests:
    """One connection to the server, kept open."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=60)

    def get(self, path: str) -> Any:
        """Send a request and give what its JSON says."""
        return json.loads(self._read(path))

    def time(self, path: str) -> float:
        """Give the seconds between a request and the last byte of its answer."""
        begun = time.perf_counter()
        self._read(path)
        return time.perf_counter() - begun

    def compare(self, small: Path, large: Path, rounds: int) -> Comparison:
        """Time two requests in turn, each round at another place, now one first, now the other."""
        times: dict[Path, list[float]] = {small: [], large: []}
        for number in range(rounds):
            for path in (small, large) if number % 2 else (large, small):
                times[path].append(self.time(path(number)))
        ratios = [after / before for before, after in zip(times[small], times[large], strict=True)]
        return Comparison(median(times[small]), median(times[large]), median(ratios))

    def _read(self, path: str) -> bytes:
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}: {body[:200]!r}")
        return body

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def part(server: int) -> str:
    """Give the server a core to itself and this process another; tell how it came out."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return "server and client share one core"
    os.sched_setaffinity(server, {cores[0]})
    os.sched_setaffinity(0, {cores[1]})
    return "server on one core, client on another"
