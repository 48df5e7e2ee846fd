"""Load over HTTP: persistent connections, each with one request in flight.

It is a program in C, `http_load.c`, as the fastest peers answer more than Python can count.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.results import Measurement, Plan

HERE = Path(__file__).parent
SOURCE = HERE / "http_load.c"
PROGRAM = HERE / ".run-http_load"
CONNECTIONS = 32
WARM_UP = 0.5


class Load(NamedTuple):
    """The rate of the responses, and how many there were in all, with those of the warm-up."""

    rate: Measurement
    responses: int


def compile_load() -> None:
    """Compile the load generator; exit with one line if that fails."""
    if not shutil.which("cc"):
        sys.exit("A C compiler is needed for the load over HTTP (Debian: apt-get install gcc).")
    command = ["cc", "-O2", "-o", str(PROGRAM), str(SOURCE)]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"The load generator does not compile: {' '.join(command)}")


def run_load(
    port: int,
    requests: Iterable[bytes],
    status: int,
    plan: Plan,
    meanwhile: Callable[[], None] | None = None,
) -> Load:
    """Send the requests in turn, again and again, and measure the rate of the responses.

    `meanwhile` is called again and again while they are sent. Raises `AssertionError` if a response
    has another status, or if the server closes a connection.
    """
    arguments = (port, CONNECTIONS, status, WARM_UP, plan.seconds)
    with subprocess.Popen(
        [str(PROGRAM), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"".join(struct.pack("<I", len(r)) + r for r in requests))
        process.stdin.close()
        process.stdin = None
        while meanwhile and process.poll() is None:
            meanwhile()
        output, errors = process.communicate()
    assert process.returncode == 0, errors.decode("latin-1").strip()
    responses, counted, seconds, idle = map(float, output.split())
    return Load(Measurement(counted / seconds, idle), int(responses))
