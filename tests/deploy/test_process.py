"""A program of a cluster with processes of its own, as nginx and PostgreSQL have."""

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.process import Process, each_parent, family
from tests.support.wait import wait_until

# As PostgreSQL: each process is in a session of its own, and all end with the first one.
PROGRAM = """
import signal, subprocess, sys
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
def end(*_):
    child.send_signal(signal.SIGTERM)
    sys.exit(child.wait() != -signal.SIGTERM)
signal.signal(signal.SIGTERM, end)
signal.pause()
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    command = [sys.executable, "-S", "-c", PROGRAM]
    made = Process(
        "parent",
        command,
        tmp_path / "log",
        lambda: made.pid is not None and len(family(made.pid)) == 2,
        kill_signal=signal.SIGTERM,
    )
    made.start()
    made.wait_ready()
    yield made
    made.stop()


def states(process: Process) -> str:
    """Return the states of its processes, of which T is a stopped one."""
    assert process.pid is not None
    stats = [Path(f"/proc/{pid}/stat").read_text() for pid in family(process.pid)]
    return "".join(stat.rpartition(")")[2].split()[0] for stat in stats)


def test_it_is_paused_with_its_processes_and_goes_on_with_them(process: Process) -> None:
    process.pause()
    wait_until(lambda: states(process) == "TT")
    process.resume()
    wait_until(lambda: "T" not in states(process))


@pytest.mark.parametrize("end", [Process.stop, Process.kill])
def test_it_is_ended_while_it_is_paused(process: Process, end: Callable[[Process], None]) -> None:
    process.pause()
    end(process)
    assert process.ended_with == 0, "it has ended by itself, as its processes have"


def test_processes_that_end_while_they_are_listed_are_left_out(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = f"/proc/{process.pid}/stat"

    def has_ended(use: Callable[..., Any]) -> Callable[..., Any]:
        def used(path: Any, *args: Any, **options: Any) -> Any:
            if str(path) == ending:
                # What Linux says between finding the folder and looking whether it may be entered.
                raise ProcessLookupError(ending)
            return use(path, *args, **options)

        return used

    assert process.pid in dict(each_parent())
    monkeypatch.setattr(os, "stat", has_ended(os.stat))
    monkeypatch.setattr(io, "open", has_ended(io.open))
    found = dict(each_parent())
    assert process.pid not in found and os.getpid() in found
