"""Run the rounds of a scenario, in each of them every side, and combine the measurements."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.results import Measurement, Measurements, MeasureSide, Plan, Row, Scenario

OURS = "me-api"
Rounds = list[dict[str, Measurements]]
"""For each round the measurements of each side."""


def run(scenario: Scenario, plan: Plan, only: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Measure all sides of a scenario, or `only` some; return the results of each row."""
    rounds: Rounds = []
    count = plan.rounds or scenario.rounds[plan.long]
    for number in range(1, count + 1):
        measured: dict[str, Measurements] = {}
        for side, measure in scenario.sides(plan).items():
            if only and side not in only:
                continue
            measured[side] = _measure(f"{scenario.name} {number}/{count}: {side}", measure)
        rounds.append(measured)
    return [line for row in scenario.rows if (line := result(row, rounds, plan))]


def _measure(label: str, measure: MeasureSide) -> Measurements:
    """Measure one side once; if that fails, print the error and return no measurements."""
    print(f"{label} …", end=" ", file=sys.stderr, flush=True)
    started = perf_counter()
    # The collector is off while a benchmark runs, so that it does not interrupt a measurement.
    gc.collect()
    try:
        measurements = measure()
    except (AssertionError, OSError, RuntimeError) as error:
        print(f"failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return {}
    values = ", ".join(f"{key} {measured.value:,.4g}" for key, measured in measurements.items())
    print(f"{values} ({perf_counter() - started:.0f} s)", file=sys.stderr, flush=True)
    return measurements


def result(row: Row, rounds: Rounds, plan: Plan) -> dict[str, Any] | None:
    """Return the medians of a row, the median ratio, and whether the mark is reached.

    A row is included if me-api failed in every round, but not (None) if the peer did or is missing.
    """
    ours, theirs = _of_side(OURS, row, rounds), _of_side(row.peer, row, rounds)
    if row.peer and not theirs:
        return None
    value, ratio = _median(ours), _ratio(row, rounds)
    idle = [measured.idle for measured in [*ours, *theirs] if measured.idle is not None]
    return {
        "id": row.id,
        "title": row.title,
        "unit": row.unit,
        "ours": value,
        "range": [min(m.value for m in ours), max(m.value for m in ours)] if ours else None,
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


def _of_side(side: str | None, row: Row, rounds: Rounds) -> list[Measurement]:
    of_rounds = [measured.get(side or "", {}) for measured in rounds]
    return [measurements[row.key] for measurements in of_rounds if row.key in measurements]


def _median(measurements: list[Measurement]) -> float | None:
    return median(measured.value for measured in measurements) if measurements else None


def _ratio(row: Row, rounds: Rounds) -> float | None:
    # The ratio is taken within each round: if the speed of the machine changes between rounds, it
    # changes for both sides.
    ratios = []
    for sides in rounds:
        ours, theirs = sides.get(OURS, {}).get(row.key), sides.get(row.peer or "", {}).get(row.key)
        if ours and theirs and theirs.value:
            ratios.append(ours.value / theirs.value)
    return median(ratios) if ratios else None
