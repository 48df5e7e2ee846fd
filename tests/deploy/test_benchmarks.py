"""The benchmarks that need no peers run to their end, and write their pages."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import ROOT, python_environment

PROGRAM = """
import sys
from pathlib import Path
from benchmarks import report, {name} as benchmark

benchmark.RESULT = report.RESULT = Path("{page}")
vars(benchmark).update({constants})
sys.exit(benchmark.main())
"""
SMALL: dict[str, tuple[dict[str, object], list[str]]] = {
    "history": ({"ROUNDS": 2, "SMALL_SIZE": 1000}, ["--messages", "2000"]),
    "search": ({"ROUNDS": 2}, ["--messages", "2000"]),
    "export": ({"QUIET_SECONDS": 0.1}, ["--messages", "2000", "--rounds", "1"]),
}
"""Of each, the constants and options with which it takes seconds."""


@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_writes_its_page(name: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    constants, options = SMALL[name]
    program = PROGRAM.format(name=name, page=page, constants=constants)
    ended = subprocess.run(
        [sys.executable, "-c", program, *options],
        cwd=ROOT,
        env=python_environment() | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    # It ends with 1 where a mark is missed, and also after an error.
    assert "Traceback" not in ended.stderr and ended.returncode in (0, 1), ended.stderr
    assert "2,000 messages" in page.read_text()
