"""Processes that run an application of `tests/stock/apps`, by one of the two libraries."""

import json
from pathlib import Path
from typing import Any

from tests.support.forks import ForkServer
from tests.support.http import HttpClient
from tests.support.server import ROOT, python_environment
from tests.support.wait import WAIT_SECONDS, free_port, wait_until

STOCK, ENGINE = "flask_socketio", "me_api.transport"
LIBRARIES = (STOCK, ENGINE)
MODULES = (STOCK, ENGINE, "engineio.async_drivers.threading", "engineio.async_drivers.eventlet")
"""What the process has imported that forks the applications; nothing is replaced by eventlet."""
APPS = ROOT / "tests" / "stock" / "apps"
START_SECONDS = 300
"""To import an application takes seconds of a processor, of which a busy machine may have few."""


class StockServer(HttpClient):
    """An application in a process of its own, forked from one that has imported the library."""

    def __init__(
        self, forks: ForkServer, folder: Path, app: str, library: str, **options: Any
    ) -> None:
        super().__init__("127.0.0.1", free_port())
        self.library = library
        self.folder = folder
        self._log = folder / f"{app}-{library}.log"
        environment = python_environment()
        environment |= {"LIBRARY": library, "PORT": str(self.port), "OPTIONS": json.dumps(options)}
        if "message_queue" in options:
            # The client of the queue waits in a greenlet.
            environment["PATCH"] = "1"
        entry = str(APPS / f"{app}.py")
        self.process = forks.start(entry=entry, environment=environment, log=str(self._log))
        try:
            wait_until(self._accepts, START_SECONDS, f"{app} on {library}")
        except BaseException:
            self._kill()
            raise

    @property
    def url(self) -> str:
        """Return the address without a path."""
        return f"http://{self.host}:{self.port}"

    @property
    def log(self) -> str:
        """Return what the process has printed."""
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """End the process: the stock library by its default, the engine gracefully."""
        self.process.terminate()
        try:
            code = self.process.wait(WAIT_SECONDS)
        finally:
            self._kill()
        assert self.library == STOCK or code == 0, self.log

    def _kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _accepts(self) -> bool:
        assert self.process.poll() is None, self.log
        try:
            return self.get("/", timeout=WAIT_SECONDS).status < 500
        except OSError:
            return False
