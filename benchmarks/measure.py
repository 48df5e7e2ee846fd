"""Measure how long requests take over one persistent connection, two kinds of them alternately."""

import http.client
import json
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

PathOfRound = Callable[[int], str]


class Comparison(NamedTuple):
    """The median times of two kinds of requests in seconds, and the median of their ratios."""

    # The ratio is that of two requests in the same round. Other load on the machine slows down
    # both of them alike, so that it hardly changes their ratio.
    baseline: float
    compared: float
    ratio: float


class RequestTimer:
    """Sends requests over one connection to the server, and measures how long they take."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=60)

    def get(self, path: str) -> Any:
        """Send a GET request and return the parsed JSON of the response."""
        return json.loads(self._read(path))

    def time(self, path: str) -> float:
        """Return the seconds from sending a request to the last byte of the response."""
        started = time.perf_counter()
        self._read(path)
        return time.perf_counter() - started

    def compare(self, baseline: PathOfRound, compared: PathOfRound, rounds: int) -> Comparison:
        """Time one request of each kind per round; which of them is first alternates."""
        times: dict[PathOfRound, list[float]] = {baseline: [], compared: []}
        for number in range(rounds):
            for path in (baseline, compared) if number % 2 else (compared, baseline):
                times[path].append(self.time(path(number)))
        pairs = zip(times[baseline], times[compared], strict=True)
        ratios = [other / base for base, other in pairs]
        return Comparison(median(times[baseline]), median(times[compared]), median(ratios))

    def _read(self, path: str) -> bytes:
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}: {body[:200]!r}")
        return body

    def close(self) -> None:
        """Close the connection to the server."""
        self._connection.close()


def pin_to_cores(*servers: int) -> str:
    """Pin the servers' processes to one core, this one to another; describe the setup."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return "server and client share one core"
    for server in servers:
        os.sched_setaffinity(server, {cores[0]})
    os.sched_setaffinity(0, {cores[1]})
    return "server on one core, client on another"
