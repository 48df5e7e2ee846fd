"""Save results, and write the table in Markdown from the newest result of each row."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.chart import chart
from benchmarks.results import Scenario

RESULTS = Path(__file__).parent / "results"
DATA = RESULTS / "results.json"
REACHED = {True: "yes", False: "**no**", None: ""}

HEAD = """\
# What was measured

Made by `make bench`; `make bench LONG=1` measures everything as long as it takes. A figure is the
median of its rounds; in every round the sides are measured in turn, each on a fresh server and
database. A ratio is ours to the peer's, the median of the rounds' ratios. Every message is on disk
(`synchronous=FULL`) before it is broadcast or acknowledged, by me-api and by its peers; only Redis
stores nothing. Idle is the share of the time in which the load generator waited for the server, the
lowest of a row's rounds: if it is not close to zero, the load generator was not the limit.

![Deliveries a second to a room of 500](fanout.svg)
"""
PAGES = {
    "history.md": "What a page of history costs at any depth",
    "search.md": "What a search in a million messages costs",
    "export.md": "What the export of a million messages costs other clients",
    "rendering.md": "What saving the worst reports costs other clients",
    "retention.md": "What removing old messages costs other clients",
    "postgresql.md": "What one server on PostgreSQL costs",
    "search-postgresql.md": "What a search on PostgreSQL costs",
    "nodes.md": "What several nodes cost",
    "pauses.md": "What a paused node costs the others",
}
"""Pages that other commands write; those that there are get a link."""
TABLE = """\
| what | unit | ours | (lowest–highest) | peer | peer's | ratio | mark | reached | idle | rounds |
|---|---|--:|--:|---|--:|--:|---|---|--:|--:|
"""


def save(
    lines: Iterable[dict[str, Any]], machine: dict[str, str], notes: dict[str, list[str]]
) -> None:
    """Save results in `results.json`, where they replace older ones of the same rows."""
    RESULTS.mkdir(exist_ok=True)
    data = json.loads(DATA.read_text()) if DATA.exists() else {"lines": {}, "notes": {}}
    data["lines"] |= {line["id"]: line for line in lines}
    data["machine"] = machine
    data["notes"] |= notes
    DATA.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def _pages() -> list[str]:
    pages = [(page, title) for page, title in PAGES.items() if (RESULTS / page).exists()]
    return ["\n", *(f"{title}: [{page}]({page}).\n" for page, title in pages)]


def write(scenarios: Iterable[Scenario]) -> None:
    """Write README.md and the chart from all saved results, in the order of the scenarios."""
    data = json.loads(DATA.read_text())
    order = [row.id for scenario in scenarios for row in scenario.rows]
    lines = [data["lines"][id] for id in order if id in data["lines"]]
    parts = [HEAD, *_pages(), "\n", TABLE]
    parts += [*map(_line, lines), "\n"]
    parts += [f"- {note}\n" for notes in data["notes"].values() for note in notes]
    parts += ["\n## The machine\n\n| | |\n|---|---|\n"]
    parts += [f"| {name} | {text} |\n" for name, text in data["machine"].items()]
    parts += [f"\nMeasured {_dates(lines)} (UTC).\n"]
    (RESULTS / "README.md").write_text("".join(parts))
    (RESULTS / "fanout.svg").write_text(chart(lines))


def _line(line: dict[str, Any]) -> str:
    span = "–".join(_number(value) for value in line["range"] or ())
    ratio = "" if line["ratio"] is None else f"{line['ratio']:.2f}"
    idle = "" if line["idle"] is None else f"{line['idle'] * 100:.0f} %"
    done, of = line["rounds"]
    rounds = (str(of) if done == of else f"{done} of {of}") + ("" if line["long"] else ", short")
    cells = [line["title"], line["unit"], _number(line["ours"]) or "failed", span]
    cells += [line["peer"] or "", _number(line["theirs"]), ratio, line["mark"] or ""]
    cells += [REACHED[line["reached"]], idle, rounds]
    return f"| {' | '.join(cells)} |\n"


def _number(value: float | None) -> str:
    """Format a number with three significant digits, or all digits before the point."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _dates(lines: list[dict[str, Any]]) -> str:
    dates = sorted({line["date"][:10] for line in lines})
    return dates[0] if len(dates) == 1 else f"from {dates[0]} to {dates[-1]}" if dates else "never"
