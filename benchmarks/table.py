"""The table of results, in Markdown, made of what was measured last of each row."""

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
(`synchronous=FULL`) before anybody is shown it or told of it, with us and with the peers; only
Redis stores nothing. Idle is the share of the time in which the load generator waited for the
server, the lowest of a row's rounds: while it waits, it does not hold anybody up.

![Deliveries a second to a room of 500](fanout.svg)
"""
PAGES = {
    "history.md": "What a page of history costs at any depth",
    "search.md": "What a search in a million messages costs",
    "export.md": "What the export of a million messages costs everybody else",
}
"""What is measured by programs of its own."""
TABLE = """\
| what | unit | ours | (lowest–highest) | peer | peer's | ratio | mark | reached | idle | rounds |
|---|---|--:|--:|---|--:|--:|---|---|--:|--:|
"""


def save(
    lines: Iterable[dict[str, Any]], machine: dict[str, str], notes: dict[str, list[str]]
) -> None:
    """Keep new results beside older ones of other rows, and write the pages anew."""
    RESULTS.mkdir(exist_ok=True)
    known = json.loads(DATA.read_text()) if DATA.exists() else {"lines": {}, "notes": {}}
    known["lines"] |= {line["id"]: line for line in lines}
    known["machine"] = machine
    known["notes"] |= notes
    DATA.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")


def _pages() -> list[str]:
    found = [(page, what) for page, what in PAGES.items() if (RESULTS / page).exists()]
    return ["\n", *(f"{what}: [{page}]({page}).\n" for page, what in found)]


def write(scenarios: Iterable[Scenario]) -> None:
    """Write the page and the chart of all that is known, in the order of the scenarios."""
    known = json.loads(DATA.read_text())
    order = [row.id for scenario in scenarios for row in scenario.rows]
    lines = [known["lines"][id] for id in order if id in known["lines"]]
    parts = [HEAD, *_pages(), "\n", TABLE]
    parts += [*map(_line, lines), "\n"]
    parts += [f"- {note}\n" for notes in known["notes"].values() for note in notes]
    parts += ["\n## The machine\n\n| | |\n|---|---|\n"]
    parts += [f"| {name} | {text} |\n" for name, text in known["machine"].items()]
    parts += [f"\nMeasured {_dates(lines)} (UTC).\n"]
    (RESULTS / "README.md").write_text("".join(parts))
    (RESULTS / "fanout.svg").write_text(chart(lines))


def _line(line: dict[str, Any]) -> str:
    span = "–".join(number(value) for value in line["range"] or ())
    ratio = "" if line["ratio"] is None else f"{line['ratio']:.2f}"
    idle = "" if line["idle"] is None else f"{line['idle'] * 100:.0f} %"
    done, of = line["rounds"]
    rounds = (str(of) if done == of else f"{done} of {of}") + ("" if line["long"] else ", short")
    cells = [line["title"], line["unit"], number(line["ours"]) or "failed", span]
    cells += [line["peer"] or "", number(line["theirs"]), ratio, line["mark"] or ""]
    cells += [REACHED[line["reached"]], idle, rounds]
    return f"| {' | '.join(cells)} |\n"


def number(value: float | None) -> str:
    """Write a number with three or four digits that say something."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _dates(lines: list[dict[str, Any]]) -> str:
    dates = sorted({line["date"][:10] for line in lines})
    return dates[0] if len(dates) == 1 else f"from {dates[0]} to {dates[-1]}" if dates else "never"
