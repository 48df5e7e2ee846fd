"""A process that runs tests: it is forked from the one that has collected them."""

import ctypes
import os
import signal
import sys
import traceback
import warnings
from multiprocessing.connection import Connection
from typing import Any, NoReturn

import pytest

from tests.support import measurement
from tests.support.fork_server import PR_SET_PDEATHSIG, discard_hub


def work(session: pytest.Session, connection: Connection, number: int, count: int) -> NoReturn:
    """Run what is received, report it, and exit; the code is not 0 where a test could not do it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    code = 1
    try:
        os.environ |= {"TESTS_WORKER": str(number), "TESTS_WORKERS": str(count)}
        if "eventlet" in sys.modules:
            discard_hub()
        Worker(session, connection, number).run()
        code = 0
    except KeyboardInterrupt:
        pass
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        raise
    finally:
        # Not `sys.exit`: the process that has collected removes what both know of.
        os._exit(code)


class Terminal:
    """What remains of pytest's reporter: where a plugin prints that a test takes too long."""

    def __init__(self, writer: Any) -> None:
        self._tw = writer


class Worker:
    """The plugin that sends what happens to the process that reports it."""

    def __init__(self, session: pytest.Session, connection: Connection, number: int) -> None:
        self._session = session
        self._config = session.config
        self._connection = connection
        self._last: pytest.Item | None = None
        self._separate(number)
        self._config.pluginmanager.register(self, "worker")

    def _separate(self, number: int) -> None:
        """Replace what each process must have for itself."""
        plugins = self._config.pluginmanager
        reporter: Any = plugins.unregister(name="terminalreporter")
        plugins.register(Terminal(reporter._tw), "terminalreporter")
        capture: Any = plugins.get_plugin("capturemanager")
        # The files that hold what tests print.
        capture.stop_global_capturing()
        capture.start_global_capturing()
        capture.suspend_global_capture()
        paths = self._config._tmp_path_factory  # type: ignore[attr-defined]
        paths._basetemp = paths.getbasetemp() / f"worker-{number}"
        paths._basetemp.mkdir(mode=0o700)

    def run(self) -> None:
        """Run tests until there are none, or until the others are to stop."""
        try:
            while not self._session.shouldstop and (numbers := self._receive_next()):
                self._run_all([self._session.items[number] for number in numbers])
        finally:
            self._tear_down(None)
        self._config.hook.pytest_unconfigure(config=self._config)
        measurement.save()

    def _run_all(self, items: list[pytest.Item]) -> None:
        self._tear_down(items[0])
        # After the last, what its folder shares stays: which test follows is not known yet.
        last = items[-1].getparent(pytest.Package) or self._session
        for item, following in zip(items, [*items[1:], last], strict=True):
            self._last = item
            self._config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._connection.poll():
                self._session.shouldstop = "others have stopped"
                return

    def _tear_down(self, following: pytest.Item | None) -> None:
        """Close what was shared by tests of which none follows; a failure is that of the last."""
        call = pytest.CallInfo.from_call(
            lambda: self._session._setupstate.teardown_exact(following), when="teardown"
        )
        if call.excinfo and self._last:
            hook = self._config.hook
            hook.pytest_runtest_logreport(
                report=hook.pytest_runtest_makereport(item=self._last, call=call)
            )

    def _receive_next(self) -> list[int] | None:
        self._send("next", None)
        numbers: list[int] | None = self._connection.recv()
        return numbers

    def _send(self, kind: str, values: Any) -> None:
        self._connection.send((kind, values))

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        self._send("logstart", {"nodeid": nodeid, "location": location})

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        self._send("logfinish", {"nodeid": nodeid, "location": location})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self._config.hook
        self._send(
            "logreport", hook.pytest_report_to_serializable(config=self._config, report=report)
        )

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: Any, nodeid: str, location: Any
    ) -> None:
        if when != "runtest":  # It was recorded before the fork, and is repeated here.
            return
        place = warning_message.filename, warning_message.lineno
        text = warnings.formatwarning(warning_message.message, warning_message.category, *place)
        # Its own class may have what cannot be sent.
        message = warnings.WarningMessage(UserWarning(text), UserWarning, *place)
        values = {"when": when, "nodeid": nodeid, "location": location}
        self._send("warning", {"warning_message": message, **values})
