"""The report, and the one in docs/reliability.md."""

from pathlib import Path

from tests.docs.tables import DOCS, table
from tests.faults import checker, report
from tests.faults.faults import FAULTS

PAGE = DOCS / "reliability.md"


def test_a_report_takes_the_place_of_the_last(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{report.BEGIN}\n\nold\n\n{report.END}\n\nafter\n")
    for _ in range(2):
        report.write("new", page)
    assert page.read_text() == f"before\n\n{report.BEGIN}\n\nnew\n\n{report.END}\n\nafter\n"


def test_numbers_and_times_as_cells() -> None:
    assert report.table(["a", "b"], [["x", 1234], ["y", 1.26]]).splitlines() == [
        "| a | b |",
        "| --- | --: |",
        "| x | 1,234 |",
        "| y | 1.3 s |",
    ]


def test_the_last_run_found_nothing() -> None:
    assert table(PAGE, "Violation") == [[kind, "0"] for kind in checker.KINDS]
    assert {row[0] for row in table(PAGE, "Fault")} <= {fault.name for fault in FAULTS}
