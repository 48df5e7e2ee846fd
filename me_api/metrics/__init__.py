"""Metrics for Prometheus: counters and gauges of the app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from me_api.extensions import app_extension
from me_api.metrics.collectors import (
    CounterCollector,
    HistogramCollector,
    LabelledCollector,
    NodeCollector,
    NodeNumbers,
)
from me_api.metrics.histogram import Histogram

__all__ = ["CONTENT_TYPE", "Metrics", "NodeNumbers", "metrics"]

CONTENT_TYPE = CONTENT_TYPE_LATEST
INTERFACES = ("socketio", "websocket", "sse")
"""Those that stay open, as labels."""


class Metrics:
    """The counters and gauges of one app.

    There is a gauge of clients for each namespace, and a counter of refusals for each limit.
    """

    def __init__(self, namespaces: Iterable[str], limits: Iterable[str]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.commits = Counter("me_api_commits", "Transactions committed", registry=self.registry)
        self.changes = Counter(
            "me_api_changes", "Changes of the log committed and delivered", registry=self.registry
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
        slow = Counter(
            "me_api_slow_clients",
            "Connections closed because their clients did not take what was sent",
            ["interface"],
            registry=self.registry,
        )
        self.slow = {name: slow.labels(name) for name in INTERFACES}
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
        self.registry.register(NodeCollector(read))

    def watch_counter(self, name: str, text: str, read: Callable[[], int]) -> None:
        """Add a counter that is read when metrics are asked for."""
        self.registry.register(CounterCollector(name, text, read))

    def watch_gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a gauge that is read when metrics are asked for."""
        Gauge(name, text, registry=self.registry).set_function(read)

    def watch_labelled(
        self, name: str, text: str, label: str, read: Callable[[], Mapping[str, int]]
    ) -> None:
        """Add a counter with one label, which is read when metrics are asked for."""
        self.registry.register(LabelledCollector(name, text, label, read))

    def watch_histogram(self, name: str, text: str, histogram: Histogram) -> None:
        """Add a histogram that is read when metrics are asked for."""
        self.registry.register(HistogramCollector(name, text, histogram))

    def committed(self, changes: int) -> None:
        """Count a commit and its changes."""
        self.commits.inc()
        self.changes.inc(changes)

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
