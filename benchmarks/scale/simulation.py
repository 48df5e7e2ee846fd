"""A discrete-event simulation of posts: node, committer, the one log, and all other nodes.

Posts arrive at random. A node's core takes one thing at a time. Its committer has one batch under
way: it reads what it needs, waits for the log, which belongs to one node at a time and to those who
wait in their order, and returns when the disk has it. Meanwhile the next batch gathers.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable

from benchmarks.scale.costs import Site
from benchmarks.scale.load import load


class Clock:
    """The time, and what is due."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._order), act))

    def run(self, until: float) -> None:
        while self._due and self._due[0][0] <= until:
            self.now, _, act = heapq.heappop(self._due)
            act()


class Resource:
    """Serves one at a time, in order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()
        self._busy = False

    def use(self, seconds: float, done: Callable[[], None]) -> None:
        self._waiting.append((seconds, done))
        if not self._busy:
            self._next()

    def _next(self) -> None:
        self._busy = bool(self._waiting)
        if self._busy:
            seconds, done = self._waiting.popleft()
            self._clock.after(seconds, lambda: self._finish(done))

    def _finish(self, done: Callable[[], None]) -> None:
        done()
        self._next()


class Node:
    """A node with its core and its committer. The other load of its core makes it slower."""

    def __init__(self, clock: Clock, log: Resource, site: Site, free: float) -> None:
        self._clock = clock
        self._log = log
        self._cost = site.costs
        self._redis = site.redis
        self._core = Resource(clock)
        self._free = free
        self._gathered: list[float] = []
        self._under_way = False
        self.latencies: list[float] = []
        self.batches: list[int] = []

    def post(self) -> None:
        arrived = self._clock.now
        self._core.use(self._cost.post / self._free, lambda: self._gather(arrived))

    def _gather(self, arrived: float) -> None:
        self._gathered.append(arrived)
        if not self._under_way:
            self._commit()

    def _commit(self) -> None:
        cost = self._cost
        batch = self._gathered[: cost.largest_batch]
        del self._gathered[: cost.largest_batch]
        self._under_way = True
        seconds = cost.batch + len(batch) * cost.stored + cost.fsync + cost.standby
        # A round trip for what is read, and half a one on the way to the log.
        self._clock.after(
            1.5 * cost.network, lambda: self._log.use(seconds, lambda: self._committed(batch))
        )

    def _committed(self, batch: list[float]) -> None:
        # Until another node has received it: half a round trip, and one for its read, which waits
        # for half of the interval on average.
        crossing = self._cost.network * (0.5 if self._redis else 1.5)
        crossing += 0 if self._redis else self._cost.read_interval / 2
        end = self._clock.now + self._cost.network / 2 + crossing
        self.latencies += [end - arrived for arrived in batch]
        self.batches.append(len(batch))
        self._under_way = bool(self._gathered)
        if self._under_way:
            self._commit()


def simulate(site: Site, posts: float, nodes: int, count: int, seed: int = 1) -> dict[str, float]:
    """Return p50 and p99 of a post until it is delivered everywhere, and the mean batch."""
    clock, chance = Clock(), random.Random(seed)
    log = Resource(clock)
    total = load(site, posts, nodes).node_core
    # The core's other work, spread evenly, leaves so much of it for posts.
    own = posts / nodes * site.costs.post
    made = [Node(clock, log, site, max(0.05, 1 - (total - own))) for _ in range(nodes)]
    time = 0.0
    for _ in range(count):
        time += chance.expovariate(posts)
        clock.after(time, chance.choice(made).post)
    clock.run(time + 60)
    found = sorted(latency for node in made for latency in node.latencies)
    batches = [size for node in made for size in node.batches]
    return {
        "p50": found[len(found) // 2],
        "p99": found[len(found) * 99 // 100],
        "batch": sum(batches) / len(batches),
    }
