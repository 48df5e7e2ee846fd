"""Coverage of the processes that run the tests, and of servers that they start.

Modules are instrumented when they are imported, and probes that have been reached are removed
(slipcover). To trace, as coverage.py does, takes a third of all processor time before Python 3.12,
which has `sys.monitoring`.

As a program it prints the report of a folder of results; the exit code is 1 below a percentage.
"""

import importlib
import marshal
import os
import secrets
import sys
from pathlib import Path

import slipcover
from slipcover.importer import SlipcoverMetaPathFinder

SOURCE = Path(__file__).parents[2] / "me_api"
NOT_COUNTED = [r"if TYPE_CHECKING:", r"^\s*\.\.\.$"]
OFTEN = 10_000
"""At so many times probes are removed: that takes 80 ms, and to pass a probe 30 ns."""

# Read at once, since a server that is forked gets another environment.
folder = Path(os.environ["TEST_COVERAGE"]).absolute() if "TEST_COVERAGE" in os.environ else None
process: slipcover.Slipcover | None = None
"""What measures this process."""


def start(part: str = "") -> None:
    """Measure all modules of the application, or of a part, that are imported from now on."""
    global process  # noqa: PLW0603
    if folder and process is None:
        process = make()
        files = slipcover.FileMatcher(sources=[SOURCE / part])
        if sys.version_info < (3, 12):
            finder = importlib.import_module("tests.support.instrumented").Finder
        else:  # Nothing is inserted into code.
            finder = SlipcoverMetaPathFinder
        sys.meta_path.insert(0, finder(process, files))


def make() -> slipcover.Slipcover:
    """Return what measures lines and branches."""
    return slipcover.Slipcover(
        branch=True, source=[str(SOURCE)], exclude_also=NOT_COUNTED, d_miss_threshold=OFTEN
    )


def settle() -> None:
    """Prepare for what is measured, after all imports, and before other processes are forked."""
    if process:
        # Native threads reach probes, too: eventlet has replaced the lock by one for greenlets.
        patcher = importlib.import_module("eventlet.patcher")
        process.lock = patcher.original("threading").RLock()
        if sys.version_info < (3, 12):
            process.deinstrument_seen()


def forget() -> None:
    """Measure only what is executed from now on, in a process that has been forked."""
    if process:
        process.signal_child_process()


def save() -> None:
    """Write the lines and branches that this process has executed."""
    if process and folder:
        # Not `get_coverage`, which reads all source files: half of a server's end.
        for path, reached in process._get_newly_seen().items():
            process.all_seen[path] |= reached
        # A line is a number, a branch two.
        found = marshal.dumps(dict(process.all_seen))
        (folder / secrets.token_hex(8)).write_bytes(found)


def report(results: Path, least: float) -> bool:
    """Print which files were not executed whole; return whether the percentage is reached."""
    total = make()
    for path in results.iterdir():
        for name, reached in marshal.loads(path.read_bytes()).items():
            total.all_seen[name] |= reached
    coverage = total.get_coverage()
    slipcover.print_coverage(coverage, skip_covered=True)
    return bool(coverage["summary"]["percent_covered"] >= least)


if __name__ == "__main__":
    sys.exit(not report(Path(sys.argv[1]), float(sys.argv[2])))
