"""The figures of README.md are those that were measured last."""

import re

import pytest

from tests.docs.tables import README, RESULTS, ROOT, table


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (r"stores (\S+) posts a second", "Ingest, 4 senders × 16 in flight"),
        (r"(\S+) requests a second for the newest page", "GET the newest 50 messages"),
        (r"An idle WebSocket takes (\S+) KB", "Idle memory of a WebSocket connection"),
    ],
)
def test_a_figure_is_the_measured_one(text: str, row: str) -> None:
    assert _in_readme(text) == _measured(row)


def test_the_largest_rate_of_deliveries_is_rounded() -> None:
    millions = float(_measured("Fan-out to 500, 64 in flight").replace(",", "")) / 1e6
    assert _in_readme(r"up to (\S+) million messages a second") == f"{millions:.1f}"


def test_the_time_of_a_search_is_the_measured_one() -> None:
    path = ROOT / "benchmarks" / "results" / "search.md"
    (row,) = [row for row in table(path, "search for") if row[0] == "a rare word"]
    assert _in_readme(r"is found in (\S+ ms)") == row[3]
    assert _in_readme(r"A rare word in (\S+) messages") in path.read_text()


def _measured(name: str) -> str:
    """Return our figure of a row; it is the same for every peer."""
    (figure,) = {row[2] for row in table(RESULTS, "what", "unit", "ours") if row[0] == name}
    return figure


def _in_readme(pattern: str) -> str:
    text = " ".join(README.read_text().split())
    (figure,) = re.findall(pattern, text)
    return str(figure)
