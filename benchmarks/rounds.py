"""Rounds: every side of a scenario in turn, again and again, and what comes of it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.results import Figure, Figures, Measure, Plan, Row, Scenario

OURS = "me-api"
Rounds = list[dict[str, Figures]]


def run(scenario: Scenario, plan: Plan, only: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Measure a scenario, or some sides of it, and give a line of results for each row."""
    rounds: Rounds = []
    count = plan.rounds or scenario.rounds[plan.long]
    for number in range(1, count + 1):
        found: dict[str, Figures] = {}
        for side, measure in scenario.sides(plan).items():
            if only and side not in only:
                continue
            found[side] = _measure(f"{scenario.name} {number}/{count}: {side}", measure)
        rounds.append(found)
    return [line for row in scenario.rows if (line := result(row, rounds, plan))]


def _measure(what: str, measure: Measure) -> Figures:
    """Measure one side once; one that fails has no figures in this round, and says why."""
    print(f"{what} …", end=" ", file=sys.stderr, flush=True)
    since = perf_counter()
    gc.collect()
    try:
        figures = measure()
    except (AssertionError, OSError, RuntimeError) as error:
        print(f"failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return {}
    shown = ", ".join(f"{key} {figure.value:,.4g}" for key, figure in figures.items())
    print(f"{shown} ({perf_counter() - since:.0f} s)", file=sys.stderr, flush=True)
    return figures


def result(row: Row, rounds: Rounds, plan: Plan) -> dict[str, Any] | None:
    """Give medians, the median of the rounds' ratios, and whether the mark is reached.

    A row of ours that failed each time is a line, too; one whose peer is not there is none.
    """
    ours, theirs = _of(OURS, row, rounds), _of(row.peer, row, rounds)
    if row.peer and not theirs:
        return None
    value, ratio = _median(ours), _ratio(row, rounds)
    idle = [figure.idle for figure in [*ours, *theirs] if figure.idle is not None]
    return {
        "id": row.id,
        "title": row.title,
        "unit": row.unit,
        "ours": value,
        "range": [min(f.value for f in ours), max(f.value for f in ours)] if ours else None,
        "peer": row.peer,
        "theirs": _median(theirs),
        "ratio": ratio,
        "mark": str(row.mark) if row.mark else None,
        "reached": row.mark.reached(value, ratio) if row.mark else None,
        "idle": min(idle) if idle else None,
        "rounds": [len(ours), len(rounds)],
        "long": plan.long,
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
    }


def _of(side: str | None, row: Row, rounds: Rounds) -> list[Figure]:
    found = [figures.get(side or "", {}) for figures in rounds]
    return [figures[row.key] for figures in found if row.key in figures]


def _median(figures: list[Figure]) -> float | None:
    return median(figure.value for figure in figures) if figures else None


def _ratio(row: Row, rounds: Rounds) -> float | None:
    """Compare within each round, so that a machine that changes its pace changes it for both."""
    ratios = []
    for found in rounds:
        ours, theirs = found.get(OURS, {}).get(row.key), found.get(row.peer or "", {}).get(row.key)
        if ours and theirs and theirs.value:
            ratios.append(ours.value / theirs.value)
    return median(ratios) if ratios else None
