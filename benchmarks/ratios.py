"""Tables of two sides that are measured in turn, with their ratio and its mark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.report import write_page
from benchmarks.results import Mark

LINE = "|---|---|--:|--:|--:|--:|--:|---|"


class Ratio(NamedTuple):
    """A row: what was measured under the key `of`, divided by what was under `to`."""

    title: str
    unit: str
    of: str
    to: str
    mark: Mark | None = None


class Rounds:
    """What was measured: a list for each key, with a value for each round."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = defaultdict(list)

    def add(self, measured: Mapping[str, float]) -> None:
        """Add what was measured once; print it, so that one sees that it goes on."""
        for key, value in measured.items():
            self.values[key].append(value)
            print(f"{key}: {value:.4g}", flush=True)

    def missed(self, rows: Iterable[Ratio]) -> int:
        """Return 1 if a mark is missed, as an exit code."""
        return int(any(self._reached(row) is False for row in rows))

    def write(
        self, path: Path, about: Iterable[str], sides: tuple[str, str], rows: Iterable[Ratio]
    ) -> None:
        """Write a page with a text and the table, and print it."""
        write_page(path, [*about, "", *self.table(*sides, rows), ""])

    def table(self, of: str, to: str, rows: Iterable[Ratio]) -> list[str]:
        """Return a table in Markdown; `of` and `to` are the heads of the two sides."""
        head = f"| what | unit | {of} | {to} | ratio | (lowest–highest) | mark | reached |"
        return [head, LINE, *map(self._line, rows)]

    def _line(self, row: Ratio) -> str:
        sides = [f"{median(self.values[key]):,.4g}" for key in (row.of, row.to)]
        ratios = self._ratios(row)
        found = f"{median(ratios):.2f} | {min(ratios):.2f}–{max(ratios):.2f}"
        reached = {True: "yes", False: "**no**", None: ""}[self._reached(row)]
        cells = [row.title, row.unit, *sides, found, row.mark or "", reached]
        return f"| {' | '.join(map(str, cells))} |"

    def _ratios(self, row: Ratio) -> list[float]:
        pairs = zip(self.values[row.of], self.values[row.to], strict=True)
        return [of / to for of, to in pairs]

    def _reached(self, row: Ratio) -> bool | None:
        return row.mark and row.mark.reached(None, median(self._ratios(row)))
