"""A program that runs beside the others of a cluster, and ends with them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

STOP_SECONDS = 20
LOOK_SECONDS = 0.02


class ClusterError(Exception):
    """The cluster cannot do what it was asked for; the text is one line."""


class Process:
    """One program: started, ended in several ways, and started again.

    Its output is appended to `log`. It ends when this process ends, even by `kill -9`.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[object],
        log: Path,
        is_ready: Callable[[], bool],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path = Path("/"),
        account: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        kill_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name = name
        self._command = [*run_as(account, stop_signal), *map(str, command)]
        self._log = log
        self._is_ready = is_ready
        self._environment = environment
        self._folder = folder
        self._stop_signal = stop_signal
        self._kill_signal = kill_signal
        self._process: subprocess.Popen[bytes] | None = None
        self._stop_by: float | None = None
        """When it is killed, since it was asked to stop and has not."""

    @property
    def pid(self) -> int | None:
        """Return the number of the running process, or None."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def ended_with(self) -> int | None:
        """Return the exit code of the process, negative for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start it. Does nothing if it runs."""
        if self.pid is not None:
            return
        self._stop_by = None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C does not reach it: it ends in its turn.
            )

    def wait_ready(self, timeout: float = 60) -> None:
        """Wait until it serves; raise `ClusterError` if it ends or does not."""
        deadline = monotonic() + timeout
        while not self._is_ready():
            if self.pid is None or monotonic() > deadline:
                raise ClusterError(f"{self.name} does not start: {self._last_line()}")
            sleep(LOOK_SECONDS)

    def pause(self) -> None:
        """Stop it and its processes where they are; raise `ClusterError` if it does not run."""
        pid = self._running()
        # First, so that it starts none meanwhile.
        os.kill(pid, signal.SIGSTOP)
        send(signal.SIGSTOP, family(pid))

    def resume(self) -> None:
        """Continue it and its processes; raise `ClusterError` if it does not run."""
        send(signal.SIGCONT, family(self._running()))

    def kill(self) -> None:
        """End it and its processes at once, as a power cut does."""
        pid = self._running()
        # The workers of nginx would go on, and keep its port. PostgreSQL's processes, each of which
        # has a session of its own, end with the first one.
        os.killpg(pid, self._kill_signal)
        # It may be paused.
        send(signal.SIGCONT, family(pid))
        self._wait(STOP_SECONDS)

    def stop(self) -> None:
        """End it as a supervisor does. Does nothing if it does not run."""
        self.begin_stop()
        if self._stop_by is not None:
            self._wait(max(0.0, self._stop_by - monotonic()))

    def begin_stop(self) -> None:
        """Begin to end it, and do not wait. Does nothing if it does not run, or ends already."""
        if self.pid is not None and self._stop_by is None:
            self._stop_by = monotonic() + STOP_SECONDS
            assert self._process is not None
            self._process.send_signal(self._stop_signal)
            # It may be paused; or have ended by now, and then this does nothing.
            send(signal.SIGCONT, family(self._process.pid))

    def _running(self) -> int:
        """Return the number of the process; raise `ClusterError` if it does not run."""
        if self.pid is None:
            raise ClusterError(f"{self.name} does not run")
        return self.pid

    def _wait(self, seconds: float) -> None:
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            print(f"{self.name} does not stop within {STOP_SECONDS} s: killed", flush=True)
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _last_line(self) -> str:
        lines = self._log.read_text(errors="replace").split("\n") if self._log.exists() else []
        return next((line for line in reversed(lines) if line.strip()), f"see {self._log}")


def family(pid: int) -> list[int]:
    """Return a process and all that it has started, each after the one that has started it."""
    parents = dict(each_parent())
    found = [pid]
    for parent in found:
        found += [child for child, started_by in parents.items() if started_by == parent]
    return found


def each_parent() -> Iterator[tuple[int, int]]:
    """Yield each process, and the one that has started it."""
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            stat = Path("/proc", pid, "stat").read_text(errors="replace")
        except OSError:
            continue  # It has ended meanwhile.
        # Behind the name, which may hold anything: the state, and the parent (proc(5)).
        _, parent, *_ = stat.rpartition(")")[2].split()
        yield int(pid), int(parent)


def send(number: signal.Signals, pids: Iterable[int]) -> None:
    """Send a signal to each of these processes that still runs."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def run_as(account: str | None, death_signal: signal.Signals) -> list[str]:
    """Return how a command begins that runs as an account, and ends when this process does."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ClusterError("there is no setpriv: install Debian's package util-linux")
    ids: list[str] = []
    if account is not None and os.geteuid() == 0:
        entry = pwd.getpwnam(account)
        ids = [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    return [setpriv, "--pdeathsig", death_signal.name.removeprefix("SIG"), *ids]
