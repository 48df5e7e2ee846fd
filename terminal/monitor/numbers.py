"""Numbers from the metrics of all nodes that respond: gauges, rates and quantiles."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any, NamedTuple

RATE_SECONDS = 10.0
"""The time that rates are means of."""
QUANTILE_SECONDS = 60.0
"""The time that quantiles are taken of."""
FORGET_SECONDS = 15.0
"""A node that has not responded for this long is no longer counted."""

Labels = tuple[tuple[str, str], ...]
Values = Mapping[str, Mapping[Labels, float]]


class _Moment(NamedTuple):
    at: float
    values: Values


class _Node:
    """What one start of a node has measured, in the last `QUANTILE_SECONDS`."""

    def __init__(self) -> None:
        self._moments: deque[_Moment] = deque()

    def add(self, moment: _Moment) -> None:
        self._moments.append(moment)
        # The last before that time is kept: the difference to it is that of the whole time.
        while len(self._moments) > 2 and self._moments[1].at < moment.at - QUANTILE_SECONDS:
            self._moments.popleft()

    @property
    def last(self) -> _Moment:
        return self._moments[-1]

    def before(self, seconds: float) -> _Moment:
        """Return the oldest moment of the last seconds, or the one before if it is alone."""
        earliest = self.last.at - seconds
        recent = [moment for moment in self._moments if moment.at >= earliest]
        if len(recent) < 2 <= len(self._moments):
            return self._moments[-2]
        return recent[0]


class Numbers:
    """The numbers of a server, or the sums of its nodes. None means that there is none yet."""

    def __init__(self) -> None:
        self._nodes: dict[str, tuple[str, _Node]] = {}

    def add(self, state: Mapping[str, Any], now: float) -> None:
        """Add what a node has responded with at a time, in seconds of a clock."""
        started, node = self._nodes.get(state["node"], ("", _Node()))
        if started != state["started"]:
            # Its counters begin at 0 again.
            node = _Node()
        node.add(_Moment(now, _values(state["metrics"])))
        self._nodes[state["node"]] = (state["started"], node)
        for name, (_, other) in list(self._nodes.items()):
            if other.last.at < now - FORGET_SECONDS:
                del self._nodes[name]

    @property
    def nodes(self) -> list[str]:
        """The names of the nodes that have responded lately."""
        return sorted(self._nodes)

    def by_label(self, name: str, label: str) -> dict[str, float]:
        """Return the values of a metric by one of its labels."""
        sums: dict[str, float] = {}
        for _, node in self._each():
            for labels, value in node.last.values.get(name, {}).items():
                key = dict(labels).get(label, "")
                sums[key] = sums.get(key, 0) + value
        return sums

    def value(self, name: str) -> float | None:
        """Return a metric, summed over its labels."""
        found = [node.last.values[name] for _, node in self._each() if name in node.last.values]
        return sum(sum(values.values()) for values in found) if found else None

    def rate(self, name: str) -> float | None:
        """Return by how much a counter grows in a second."""
        rates = [
            (_sum(node.last, name) - _sum(first, name)) / (node.last.at - first.at)
            for _, node in self._each()
            if name in node.last.values and (first := node.before(RATE_SECONDS)).at < node.last.at
        ]
        return sum(rates) if rates else None

    def quantile(self, share: float, histogram: str) -> float | None:
        """Return below which value a share of what a histogram has counted lately is.

        It is interpolated within a bucket, as Prometheus' `histogram_quantile` does.
        """
        buckets: dict[float, float] = {}
        for _, node in self._each():
            first = node.before(QUANTILE_SECONDS).values.get(f"{histogram}_bucket", {})
            for labels, value in node.last.values.get(f"{histogram}_bucket", {}).items():
                bound = float(dict(labels)["le"])
                buckets[bound] = buckets.get(bound, 0) + value - first.get(labels, 0)
        return _interpolate(share, sorted(buckets.items()))

    def _each(self) -> Iterator[tuple[str, _Node]]:
        return iter(self._nodes.values())


def _values(samples: list[Mapping[str, Any]]) -> Values:
    values: dict[str, dict[Labels, float]] = {}
    for sample in samples:
        labels = tuple(sorted(sample["labels"].items()))
        values.setdefault(sample["name"], {})[labels] = sample["value"]
    return values


def _sum(moment: _Moment, name: str) -> float:
    return sum(moment.values.get(name, {}).values())


def _interpolate(share: float, buckets: list[tuple[float, float]]) -> float | None:
    """Return the quantile of cumulative counts by upper bounds; the last bound is infinite."""
    if not buckets or buckets[-1][1] <= 0:
        return None
    rank = share * buckets[-1][1]
    lower, below = 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            if bound == inf:
                break
            return lower + (bound - lower) * (rank - below) / ((count - below) or 1)
        lower, below = bound, count
    # Beyond the largest bound that is known.
    return lower
