"""The plugin of the process that has collected: it forks workers, and reports what they send."""

import os
import warnings
from collections import deque
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any

import pytest

from tests.support.workers.scheduling import groups
from tests.support.workers.worker import work


class Workers:
    """Runs the tests in so many processes, each of which gets one file after another."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pids: dict[Connection, int] = {}
        self._running: dict[Connection, str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run the tests, unless pytest itself has to say why none is run."""
        if session.testsfailed or session.config.option.collectonly:
            return None
        self._left = deque(groups(session.items))
        try:
            self._fork(session)
            while self._pids:
                for connection in wait(list(self._pids)):
                    assert isinstance(connection, Connection)
                    self._receive(session, connection)
        finally:
            self._end()
        return True

    def _fork(self, session: pytest.Session) -> None:
        assert len(os.listdir("/proc/self/task")) == 1, "a worker would lack the other threads"
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        assert reporter is not None
        reporter.showfspath = False  # Several files are run at the same time.
        reporter._tw.flush()
        for number in range(min(self._count, len(self._left))):
            ours, theirs = Pipe()
            pid = fork()
            if not pid:
                for other in (ours, *self._pids):
                    other.close()
                work(session, theirs, number, self._count)
            theirs.close()
            self._pids[ours] = pid

    def _receive(self, session: pytest.Session, connection: Connection) -> None:
        try:
            kind, values = connection.recv()
        except (EOFError, ConnectionResetError):
            kind, values = "end", None
        hook = session.config.hook
        match kind:
            case "end":
                self._ended(session, connection)
            case "next":
                connection.send(self._left.popleft() if self._left else [])
            case "logreport":
                report = hook.pytest_report_from_serializable(config=session.config, data=values)
                hook.pytest_runtest_logreport(report=report)
            case "logstart":
                self._running[connection] = values["nodeid"]
                hook.pytest_runtest_logstart(**values)
            case "logfinish":
                hook.pytest_runtest_logfinish(**values)
            case "warning":
                hook.pytest_warning_recorded.call_historic(kwargs=values)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)

    def _ended(self, session: pytest.Session, connection: Connection) -> None:
        """Fail if a worker has died: what was meant for it would not be run."""
        code = self._reap(connection)
        if code:
            test = self._running.get(connection, "no test")
            session.shouldfail = f"a worker ended with {code}, in or after {test}"

    def _reap(self, connection: Connection) -> int:
        connection.close()
        return os.waitstatus_to_exitcode(os.waitpid(self._pids.pop(connection), 0)[1])

    def _end(self) -> None:
        """Make the workers that still run stop after their test, and wait for that."""
        for connection in self._pids:
            with suppress(OSError):
                connection.send(None)
        while self._pids:
            for connection in wait(list(self._pids)):
                assert isinstance(connection, Connection)
                try:
                    connection.recv()
                except (EOFError, ConnectionResetError):
                    self._reap(connection)


def fork() -> int:
    with warnings.catch_warnings():
        # Nothing waits in eventlet's loop, and a worker makes itself another.
        warnings.filterwarnings("ignore", r"Using fork\(\) is a bad idea", DeprecationWarning)
        return os.fork()


def add_option(parser: Any) -> None:
    """Add `-n`; pytest reserves small letters for itself and for plugins."""
    parser.getgroup("workers")._addoption(
        "-n", type=int, default=0, dest="workers", help="the number of processes that run the tests"
    )
