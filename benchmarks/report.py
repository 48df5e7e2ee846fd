"""Writes what was measured, and on what, as a page of Markdown."""

import os
import platform
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Comparison

RESULT = Path(__file__).parent / "results" / "history.md"
PACKAGES = ("Flask", "SQLAlchemy", "eventlet", "orjson")


def write(found: dict[str, Comparison], size: int, setup: str, mark: float) -> None:
    """Print the page and keep it."""
    page = "\n".join([*head(size, setup), *table(found, size), "", verdict(found, mark), ""])
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(page, "utf-8")
    print(page)


def head(size: int, setup: str) -> list[str]:
    """Say what was measured, when and on what."""
    return [
        "# What a page of history costs",
        "",
        f"A page of 50 in a room of {size:,} messages against the same in one of 10,000: the",
        "median time of a REST request over a kept connection, both rooms in turn, and the median",
        "ratio of two requests that followed each other.",
        "",
        *measured_on(setup),
        "",
    ]


def measured_on(setup: str) -> list[str]:
    """Say when and on what it was measured."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"- {datetime.now(UTC):%Y-%m-%d}, {machine()}, {setup}",
        f"- Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}",
    ]


def machine() -> str:
    """Name the processor."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores"


def table(found: dict[str, Comparison], size: int) -> list[str]:
    """Give a line for each place."""
    rows = [
        f"| {place} | {one.small * 1000:.2f} ms | {one.large * 1000:.2f} ms | {one.ratio:.2f} |"
        for place, one in found.items()
    ]
    return [f"| page | 10,000 | {size:,} | ratio |", "|---|--:|--:|--:|", *rows]


def verdict(found: dict[str, Comparison], mark: float) -> str:
    """Hold the worst ratio against the mark."""
    worst = max(found, key=lambda place: found[place].ratio)
    ratio = found[worst].ratio
    outcome = "within" if ratio <= mark else "over"
    return f"The highest ratio is {ratio:.2f} ({worst}): {outcome} the mark of {mark}."
