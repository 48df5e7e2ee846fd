"""Metrics for Prometheus: counters and gauges of the app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from me_api.extensions import app_extension

CONTENT_TYPE = CONTENT_TYPE_LATEST
DOORBELLS = ("redis", "notify", "polling")


class NodeNumbers(NamedTuple):
    """What is measured of a node that shares its database with others."""

    lease_seconds: float
    doorbell: str
    tail_lag: int
    commit_again: int
    in_doubt: int


class _NodeCollector(Collector):
    """Reads the numbers of a node whenever metrics are asked for."""

    # Some are counted in the committer's thread, which must not wait for a lock of the loop's.
    def __init__(self, read: Callable[[], NodeNumbers]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """Yield the numbers as Prometheus names them."""
        numbers = self._read()
        yield GaugeMetricFamily(
            "me_api_lease_seconds",
            "Seconds until the lease of this node lapses, unless it is renewed",
            numbers.lease_seconds,
        )
        yield GaugeMetricFamily(
            "me_api_doorbell_up",
            "Whether commits of other nodes are announced to this one; 0 while it only polls",
            numbers.doorbell != "polling",
        )
        doorbell = GaugeMetricFamily(
            "me_api_doorbell",
            "1 for the way in which this node learns of what others have stored, 0 for the others",
            labels=["kind"],
        )
        for kind in DOORBELLS:
            doorbell.add_metric([kind], numbers.doorbell == kind)
        yield doorbell
        yield GaugeMetricFamily(
            "me_api_tail_lag",
            "Positions that are known to be committed and are not published here yet",
            numbers.tail_lag,
        )
        yield CounterMetricFamily(
            "me_api_commit_again",
            "Batches decided once more, because another node has changed what they depend on",
            numbers.commit_again,
        )
        yield CounterMetricFamily(
            "me_api_in_doubt",
            "Commits during which the connection to the database was lost",
            numbers.in_doubt,
        )


class Metrics:
    """The counters and gauges of one app.

    There is a gauge of clients for each namespace, and a counter of refusals for each limit.
    """

    def __init__(self, namespaces: Iterable[str], limits: Iterable[str]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.commits = Counter("me_api_commits", "Transactions committed", registry=self.registry)
        self.changes = Counter(
            "me_api_changes", "Changes of messages and reports delivered", registry=self.registry
        )
        self.position = Gauge(
            "me_api_position", "Last position of the log delivered", registry=self.registry
        )
        self.node = Gauge(
            "me_api_node", "Always 1, with the name of the node", ["name"], registry=self.registry
        )
        self.carried = Counter(
            "me_api_carried_changes",
            "Changes of other nodes that Redis has carried, so that they were not read",
            registry=self.registry,
        )
        self.slow = Counter(
            "me_api_slow_clients",
            "Connections closed because their clients did not take what was sent",
            registry=self.registry,
        )
        self.http_errors = Counter(
            "me_api_http_errors",
            "Errors that the web server has sent before a request reached the application",
            ["code"],
            registry=self.registry,
        )
        self.unfinished_input = Gauge(
            "me_api_unfinished_input_bytes",
            "Bytes received of requests and messages that are not complete",
            registry=self.registry,
        )
        self.streams = Gauge("me_api_streams", "Streams open", registry=self.registry)
        self.waiting = Gauge(
            "me_api_waiting", "Requests that wait for a change", registry=self.registry
        )
        self.busy = Counter(
            "me_api_busy",
            "Requests refused because too much of their kind was waiting",
            ["kind"],
            registry=self.registry,
        )
        self.cut = Counter(
            "me_api_cut_responses", "Responses cut off by an error", registry=self.registry
        )
        connections = Gauge(
            "me_api_connections", "Clients connected", ["namespace"], registry=self.registry
        )
        # Children are bound once: looking one up costs more than counting.
        self.connections = {name: connections.labels(name) for name in namespaces}
        refused = Counter(
            "me_api_refused", "What was refused over a limit", ["limit"], registry=self.registry
        )
        self._refused = {name: refused.labels(name) for name in limits}

    def watch_node(self, read: Callable[[], NodeNumbers]) -> None:
        """Add the metrics of a node, which are read when they are asked for."""
        self.registry.register(_NodeCollector(read))

    def committed(self, changes: int, position: int) -> None:
        """Count a commit and its changes."""
        self.commits.inc()
        self.changes.inc(changes)
        self.position.set(position)

    def count_refusal(self, limit: str) -> None:
        """Count what was refused over a limit."""
        self._refused[limit].inc()

    def refused_as_busy(self, kind: str) -> None:
        """Count a request that a pool of threads, or the renderer, has refused."""
        self.busy.labels(kind).inc()

    def http_error(self, code: str) -> None:
        """Count an error of the web server."""
        self.http_errors.labels(code).inc()

    def exposition(self) -> bytes:
        """Encode all metrics in Prometheus' text format."""
        return generate_latest(self.registry)


metrics: Metrics = app_extension("metrics")
