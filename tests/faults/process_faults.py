"""What happens to the server's process."""

import copy
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random
from threading import Event

from tests.faults import checker
from tests.faults.harness import Harness
from tests.support.wait import free_port

END_SECONDS = 60
"""Seconds in which a server that receives SIGTERM has to end."""


@contextmanager
def killed(harness: Harness, _: Random) -> Iterator[None]:
    harness.server.kill()
    yield
    harness.spawn()


@contextmanager
def killed_at_start(harness: Harness, moments: Random) -> Iterator[None]:
    """Kill the server, and kill it again while it starts."""
    harness.server.kill()
    harness.spawn()
    yield
    Event().wait(moments.uniform(0, 0.5))
    harness.server.kill()
    harness.spawn()


@contextmanager
def terminated(harness: Harness, _: Random) -> Iterator[None]:
    if harness.server.running:
        # While another process holds the write lock, each commit waits for it.
        harness.server.stop(END_SECONDS)
    yield
    harness.spawn()


@contextmanager
def stopped(harness: Harness, _: Random) -> Iterator[None]:
    assert harness.server.process is not None
    harness.server.process.send_signal(signal.SIGSTOP)
    yield
    harness.server.process.send_signal(signal.SIGCONT)


@contextmanager
def few_files(harness: Harness, moments: Random) -> Iterator[None]:
    """Allow the process few more open files than it has, and make all clients come back."""
    assert harness.server.process is not None
    process = harness.server.process.pid
    count = len(os.listdir(f"/proc/{process}/fd"))
    soft, hard = resource.prlimit(process, resource.RLIMIT_NOFILE)
    resource.prlimit(process, resource.RLIMIT_NOFILE, (count - moments.randrange(5), hard))
    harness.to_listeners.cut()
    harness.to_posters.cut()
    yield
    with suppress(ProcessLookupError):
        resource.prlimit(process, resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def second_server(harness: Harness, _: Random) -> Iterator[None]:
    """Start another server on the same database, which has to be refused (F31)."""
    second = copy.copy(harness.server)
    second.process = None
    second.settings = harness.server.settings | {"port": free_port()}
    second.log_path = harness.server.folder / "second.log"
    second.spawn()
    try:
        if second.wait() == 0:
            harness.checker.report(checker.UNEXPECTED, "second server", "it ended without an error")
    except subprocess.TimeoutExpired:
        harness.checker.report(checker.UNEXPECTED, "second server", "it runs beside the first")
    finally:
        second.kill()
    yield


@contextmanager
def clock_jumps(harness: Harness, moments: Random) -> Iterator[None]:
    """Set the wall clock wrong by up to twelve hours, and right again."""
    clock = harness.server.folder / "clock"
    clock.write_text(str(moments.uniform(-12, 12) * 3600))
    yield
    clock.unlink()
