"""Metrics that are counted elsewhere, and read whenever metrics are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import NamedTuple

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from me_api.metrics.histogram import Histogram

DOORBELLS = ("redis", "notify", "polling")


class CounterCollector(Collector):
    """Reads one counter without labels."""

    def __init__(self, name: str, text: str, read: Callable[[], int]) -> None:
        self._name, self._text, self._read = name, text, read

    def collect(self) -> Iterator[Metric]:
        """Yield the counter as Prometheus names it."""
        yield CounterMetricFamily(self._name, self._text, self._read())


class LabelledCollector(Collector):
    """Reads one counter with one label."""

    def __init__(
        self, name: str, text: str, label: str, read: Callable[[], Mapping[str, int]]
    ) -> None:
        self._name, self._text, self._label, self._read = name, text, label, read

    def collect(self) -> Iterator[Metric]:
        """Yield the counter, with a sample for each value of the label."""
        family = CounterMetricFamily(self._name, self._text, labels=[self._label])
        for value, count in self._read().items():
            family.add_metric([value], count)
        yield family


class HistogramCollector(Collector):
    """Reads one histogram without labels."""

    def __init__(self, name: str, text: str, histogram: Histogram) -> None:
        self._name, self._text, self._histogram = name, text, histogram

    def collect(self) -> Iterator[Metric]:
        """Yield the buckets as Prometheus names them."""
        buckets = [(_text_of(bound), n) for bound, n in self._histogram.buckets()]
        yield HistogramMetricFamily(self._name, self._text, buckets, self._histogram.total)


def _text_of(bound: float) -> str:
    return "+Inf" if bound == inf else repr(bound)


class NodeNumbers(NamedTuple):
    """What is measured of a node that shares its database with others."""

    lease_seconds: float
    doorbell: str
    tail_lag: int
    commit_again: int
    in_doubt: int


class NodeCollector(Collector):
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
