"""Pages of results in Markdown: how they are written, and that of `benchmarks.history`."""

import os
import platform
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Comparison

RESULT = Path(__file__).parent / "results" / "history.md"
PACKAGES = ("Flask", "SQLAlchemy", "eventlet", "orjson")


def write(results: dict[str, Comparison], size: int, setup: str, mark: float) -> None:
    """Write the page to `results/history.md`, and print it."""
    page = [*heading(size, setup), *table(results, size), "", verdict(results, mark), ""]
    write_page(RESULT, page)


def write_page(path: Path, lines: list[str]) -> None:
    """Write the lines to a page of Markdown, and print them."""
    page = "\n".join(lines)
    path.parent.mkdir(exist_ok=True)
    path.write_text(page, "utf-8")
    print(page)


def heading(size: int, setup: str) -> list[str]:
    """Return the title, and the paragraphs about what was measured, when and on what."""
    return [
        "# What a page of history costs",
        "",
        f"A page of 50 in a room of {size:,} messages against the same in one of 10,000: the",
        "median time of a REST request over one connection, both rooms in turn, and the median",
        "ratio of two requests that followed each other.",
        "",
        *measured_on(setup),
        "",
    ]


def measured_on(setup: str) -> list[str]:
    """Return a list with the date, the machine, the setup and the versions."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"- {datetime.now(UTC):%Y-%m-%d}, {machine()}, {setup}",
        f"- Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}",
    ]


def machine() -> str:
    """Return the model of the processor and the number of its cores."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores"


def table(results: dict[str, Comparison], size: int) -> list[str]:
    """Return a table with one row for each page that was read."""
    rows = [
        f"| {page} | {baseline * 1000:.2f} ms | {compared * 1000:.2f} ms | {ratio:.2f} |"
        for page, (baseline, compared, ratio) in results.items()
    ]
    return [f"| page | 10,000 | {size:,} | ratio |", "|---|--:|--:|--:|", *rows]


def verdict(results: dict[str, Comparison], mark: float) -> str:
    """Return a sentence that compares the highest ratio with the mark."""
    worst = max(results, key=lambda page: results[page].ratio)
    ratio = results[worst].ratio
    outcome = "within" if ratio <= mark else "over"
    return f"The highest ratio is {ratio:.2f} ({worst}): {outcome} the mark of {mark}."
