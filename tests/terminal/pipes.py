"""The programs without a terminal: between pipes, as other programs run them."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.server import ROOT

# A shell without job control has programs in the background ignore SIGINT, and so do all that these
# start: the tests may be among them.
INTERRUPTIBLE = ("env", "--default-signal=INT")


def command(*arguments: str) -> list[str]:
    """Return the command of a program, without the flask command."""
    return [*INTERRUPTIBLE, sys.executable, "-m", "terminal", *arguments]


def run(
    environment: Mapping[str, str], *arguments: str, typed: str = "", **more: str
) -> "subprocess.CompletedProcess[str]":
    """Run a program until it ends."""
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env={**environment, **more},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


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
