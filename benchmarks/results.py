"""What a scenario promises to measure, and what it measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, and the share of its time in which the load had nothing to do."""

    value: float
    idle: float | None = None


Figures = dict[str, Figure]
Measure = Callable[[], Figures]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a row is to reach: as a ratio to the peer, or as a value of our own."""

    bound: float
    at_least: bool = True
    ratio: bool = True
    unit: str = "×"

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}{self.unit}"

    def reached(self, value: float | None, ratio: float | None) -> bool:
        """Tell whether it is reached; what could not be measured is not."""
        measured = ratio if self.ratio else value
        if measured is None:
            return False
        return measured >= self.bound if self.at_least else measured <= self.bound


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: `key` is what is measured, `peer` whose figure is beside ours."""

    key: str
    title: str
    unit: str
    peer: str | None = "socket.io"
    mark: Mark | None = None

    @property
    def id(self) -> str:
        """Name the row."""
        return f"{self.key}/{self.peer}"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure: the short form is for a look, the long one for the record."""

    long: bool = False
    rounds: int | None = None
    """How often each side is measured; by default as the scenario says."""

    @property
    def seconds(self) -> float:
        """Give how long to measure a rate."""
        return 5 if self.long else 1.5

    def pick(self, short: int, long: int) -> int:
        """Choose a size."""
        return long if self.long else short


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name, the rows, and for each side how to measure once; all sides run alternately."""

    name: str
    rows: tuple[Row, ...]
    sides: Callable[[Plan], dict[str, Measure]]
    rounds: tuple[int, int] = (1, 5)
    notes: tuple[str, ...] = field(default=())


def quantile(values: Iterable[float], share: float) -> float:
    """Give the value below which this share of the values is."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
