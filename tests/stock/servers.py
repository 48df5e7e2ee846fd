"""Processes that run an application of `tests/stock/apps`, by one of the two libraries."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.http import HttpClient
from tests.support.server import ROOT, python_environment
from tests.support.wait import free_port, wait_until

STOCK, ENGINE = "flask_socketio", "me_api.transport"
LIBRARIES = (STOCK, ENGINE)


class StockServer(HttpClient):
    """An application in a process of its own, as `python -m` starts it."""

    def __init__(self, folder: Path, app: str, library: str, **options: Any) -> None:
        super().__init__("127.0.0.1", free_port())
        self.library = library
        self._log = folder / f"{app}-{library}.log"
        environment = python_environment()
        environment |= {"LIBRARY": library, "PORT": str(self.port), "OPTIONS": json.dumps(options)}
        if "message_queue" in options:
            # The client of the queue waits in a greenlet.
            environment["PATCH"] = "1"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", f"tests.stock.apps.{app}"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._accepts, 60, f"{app} on {library}")

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
        code = self.process.wait(15)
        assert self.library == STOCK or code == 0, self.log

    def _accepts(self) -> bool:
        assert self.process.poll() is None, self.log
        try:
            return self.get("/", timeout=5).status < 500
        except OSError:
            return False
