"""The programs without a terminal: between pipes, as other programs run them."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.forks import ForkServer
from tests.support.server import ROOT

PROGRAM = ROOT / "terminal" / "__main__.py"

# A shell without job control has programs in the background ignore SIGINT, and so do all that these
# start: the tests may be among them.
INTERRUPTIBLE = ("env", "--default-signal=INT")


def command(*arguments: str) -> list[str]:
    """Return the command of a program, without the flask command."""
    return [*INTERRUPTIBLE, sys.executable, "-m", "terminal", *arguments]


Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run_by(forks: ForkServer, folder: Path, environment: Mapping[str, str]) -> Run:
    """Return what runs a program until it ends, forked from a process that has imported it."""

    def run(*arguments: str, typed: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
        order = {"entry": str(PROGRAM), "environment": {**environment, **more}}
        return forks.run(folder, typed=typed, arguments=arguments, **order)

    return run


@contextmanager
def running(
    environment: Mapping[str, str], *arguments: str, **more: str
) -> Iterator["subprocess.Popen[str]"]:
    """Run a program that nothing is typed into; kill it if it still runs at the end."""
    with subprocess.Popen(
        command(*arguments),
        cwd=ROOT,
        env={**environment, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            yield program
        finally:
            program.kill()
