"""What a scenario measures: its rows, the bounds they must meet, and the measured values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured value, and the idle share of the load generator while it was measured."""

    value: float
    idle: float | None = None


Measurements = dict[str, Measurement]
"""Measurements of one side in one round, by the key of the row."""
MeasureSide = Callable[[], Measurements]


@dataclass(frozen=True, slots=True)
class Mark:
    """A bound that a row must meet, for the ratio to the peer or for our own value."""

    bound: float
    at_least: bool = True
    ratio: bool = True
    unit: str = "×"

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}{self.unit}"

    def reached(self, value: float | None, ratio: float | None) -> bool:
        """Return whether the bound is met; False if there is no measurement."""
        measured = ratio if self.ratio else value
        if measured is None:
            return False
        return measured >= self.bound if self.at_least else measured <= self.bound


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: the measurement with this key, of me-api and of one peer."""

    key: str
    title: str
    unit: str
    peer: str | None = "socket.io"
    mark: Mark | None = None

    @property
    def id(self) -> str:
        """The key of the row in `results.json`."""
        return f"{self.key}/{self.peer}"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure: the long form for the record, or the short form for a quick check."""

    long: bool = False
    rounds: int | None = None
    """The number of rounds; None for the scenario's default."""

    @property
    def seconds(self) -> float:
        """The seconds for which a rate is measured."""
        return 5 if self.long else 1.5

    def pick(self, short: int, long: int) -> int:
        """Return the size for this form."""
        return long if self.long else short


@dataclass(frozen=True, slots=True)
class Scenario:
    """A benchmark with its rows. `sides` returns a function for each server that is compared.

    Such a function starts its server, measures once, and stops the server. `rounds` are the
    defaults of the short and of the long form.
    """

    name: str
    rows: tuple[Row, ...]
    sides: Callable[[Plan], dict[str, MeasureSide]]
    rounds: tuple[int, int] = (1, 5)
    notes: tuple[str, ...] = field(default=())


def quantile(values: Iterable[float], share: float) -> float:
    """Return the value below which this share of the values lies; NaN if there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
