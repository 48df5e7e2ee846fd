"""The report of a run, as tables in Markdown."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.faults import checker
from tests.faults.session import Session

BEGIN = "<!-- Written by make {}: begin -->"
END = "<!-- Written by make {}: end -->"


def make_report(session: Session, minutes: float, seed: int) -> str:
    """Return what was done and what came of it."""
    violations = session.target.checker.violations
    day = datetime.now(UTC).date().isoformat()
    faults = sum(tally.times for tally in session.tallies.values())
    parts = [
        f"On {day}, {minutes:g} minutes: {faults:,} faults, "
        f"{session.load.acknowledged:,} acknowledged changes, "
        f"{len(violations)} violations. The seed was {seed}, {session.target.description}.",
        faults_table(session),
        posters_table(session),
        clients_table(session),
        violations_table(session),
    ]
    return "\n\n".join(parts)


def faults_table(session: Session) -> str:
    """Return how often each fault happened, and how long it took at most to recover from it."""
    rows = [
        [name, tally.times, tally.refused, tally.longest_write, tally.longest_delivery]
        for name, tally in sorted(session.tallies.items())
    ]
    header = ["Fault", "Times", "Changes refused", "Until a post is stored", "Until all have it"]
    return table(header, rows)


def posters_table(session: Session) -> str:
    """Return what was posted, edited and deleted over each interface."""
    rows = [
        [poster.kind, poster.attempts, poster.refused, poster.unanswered, poster.acknowledged]
        for poster in session.load.posters
    ]
    header = ["Posted over", "Attempts", "Refused", "Unanswered", "Acknowledged"]
    return table(header, rows)


def clients_table(session: Session) -> str:
    """Return what each client has received, and what was wrong with it."""
    found = Counter((where, kind) for kind, where, _ in session.target.checker.violations)
    kinds = (checker.LOST, checker.DOUBLED, checker.DISORDERED, checker.UNSTORED)
    rows = []
    for listener in session.load.listeners:
        received = session.target.checker.clients[listener.name]
        wrong = [found[listener.name, kind] for kind in kinds]
        rows.append([listener.name, listener.connections, len(received.versions), *wrong])
    header = ["Received over", "Connections", "Received", *(kind.capitalize() for kind in kinds)]
    return table(header, rows)


def violations_table(session: Session) -> str:
    """Return how often each promise was broken, of all that is checked."""
    found = Counter(kind for kind, _, _ in session.target.checker.violations)
    return table(["Violation", "Times"], [[kind, found[kind]] for kind in checker.KINDS])


def table(header: list[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table; all columns but the first are numbers."""
    lines = [header, ["---", *(["--:"] * (len(header) - 1))]]
    lines += [[cell(value) for value in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(value: object) -> str:
    """Return a count with separators, or a time in seconds."""
    if isinstance(value, float):
        return f"{value:.1f} s"
    return f"{value:,}" if isinstance(value, int) else str(value)


def write(report: str, page: Path, target: str) -> None:
    """Put the report between the markers of a page that name the target of make."""
    begin, end = BEGIN.format(target), END.format(target)
    before, found, rest = page.read_text().partition(begin)
    _, found_too, after = rest.partition(end)
    assert found and found_too, f"{page} has no place for the report of make {target}"
    page.write_text(f"{before}{begin}\n\n{report}\n\n{end}{after}")
