"""The report, and those in docs/reliability.md."""

from pathlib import Path

import pytest

from tests.docs.tables import DOCS, table
from tests.faults import checker, report
from tests.faults.fault import Fault
from tests.faults.faults import FAULTS
from tests.faults.nodes import faults as nodes

PAGE = DOCS / "reliability.md"


def test_a_report_takes_the_place_of_the_last(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    begin, end = (marker.format("faults") for marker in (report.BEGIN, report.END))
    page.write_text(f"before\n\n{begin}\n\nold\n\n{end}\n\nafter\n")
    for _ in range(2):
        report.write("new", page, "faults")
    assert page.read_text() == f"before\n\n{begin}\n\nnew\n\n{end}\n\nafter\n"
    with pytest.raises(AssertionError, match="no place"):
        report.write("new", page, "faults-cluster")


def test_numbers_and_times_as_cells() -> None:
    assert report.table(["a", "b"], [["x", 1234], ["y", 1.26]]).splitlines() == [
        "| a | b |",
        "| --- | --: |",
        "| x | 1,234 |",
        "| y | 1.3 s |",
    ]


@pytest.mark.parametrize(
    ("target", "faults"), [("faults", FAULTS), ("faults-cluster", nodes.FAULTS)]
)
def test_the_last_run_found_nothing(target: str, faults: list[Fault], tmp_path: Path) -> None:
    page = tmp_path / "reliability.md"
    _, _, rest = PAGE.read_text().partition(report.BEGIN.format(target))
    page.write_text(rest.partition(report.END.format(target))[0])
    assert table(page, "Violation") == [[kind, "0"] for kind in checker.KINDS]
    assert {row[0] for row in table(page, "Fault")} <= {fault.name for fault in faults}
