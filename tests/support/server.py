"""The real server as a real process, which tests start, kill and start again."""

import os
import secrets
import signal
import subprocess
import sys
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from tests.support import databases
from tests.support.http import HttpClient
from tests.support.wait import WAIT_SECONDS, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = ROOT / "tests" / "entries"
COMMAND_SECONDS = 300
"""How long a command may take: most of that is to start Python, on a busy machine."""


def python_environment() -> dict[str, str]:
    """Return an environment in which Python finds the project, without the project's settings."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("ME_API_")}
    ours["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), ours.get("PYTHONPATH", "")]))
    ours["PYTHONUNBUFFERED"] = "1"
    return ours


class LiveServer(HttpClient):
    """Runs app.py with its own folder, database and port, which outlive a restart.

    Settings are the server's own, in lower case: `ping_interval=0.5` is ME_API_PING_INTERVAL.
    With an `entry`, such as "held_commits", it runs that file of tests/entries in place of app.py,
    or any file whose path that is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        entry: str | Path | None = None,
        **settings: object,
    ) -> None:
        super().__init__("127.0.0.1", free_port())
        self.folder = folder
        named = ENTRIES / f"{entry}.py" if entry else ROOT / "app.py"
        self.entry = entry if isinstance(entry, Path) else named
        self.database = folder / "me-api.sqlite"
        self.log_path = folder / "server.log"
        self.settings: dict[str, object] = {
            "host": self.host,
            "port": self.port,
            "database_url": f"sqlite:///{self.database}",
            "jwt_secret": secrets.token_hex(32),
            "rate_limits": "off",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address without a path."""
        return f"http://{self.host}:{self.port}"

    @property
    def running(self) -> bool:
        """Return whether the process is running."""
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> str:
        """Return all that the server has printed since the first start."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def environment(self) -> dict[str, str]:
        """Return the environment of the process, also right for the flask command."""
        ours = {f"ME_API_{k.upper()}": str(v) for k, v in self.settings.items()}
        ours["TESTS_FOLDER"] = str(self.folder)
        return python_environment() | ours

    def other_process(self) -> AbstractContextManager[Connection]:
        """Open the server's database as another process does, in one transaction."""
        return databases.connect(str(self.settings["database_url"]))

    def query(self, statement: str, **values: Any) -> list[Any]:
        """Run a statement on the database as another process does, with `:name` for its values.

        Return its rows, if it has any.
        """
        with self.other_process() as connection:
            return databases.execute(connection, statement, **values)

    def start(self, timeout: float = WAIT_SECONDS) -> "LiveServer":
        """Start the process and wait until it says that it is ready; kill it if it does not."""
        self.spawn()
        try:
            return self.wait_ready(timeout)
        except BaseException:
            self.kill()
            raise

    def wait_alive(self, timeout: float = WAIT_SECONDS) -> "LiveServer":
        """Wait until the process serves requests, also if its database cannot be written."""
        wait_until(lambda: self._answers("/healthz"), timeout, f"{self.entry.name} serving")
        return self

    def wait_ready(self, timeout: float = WAIT_SECONDS) -> "LiveServer":
        """Wait until the process says that it is ready."""
        wait_until(lambda: self._answers("/readyz"), timeout, f"{self.entry.name} being ready")
        return self

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start the process without waiting for it."""
        assert not self.running, "the server runs already"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(self.entry)],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self.process

    def _answers(self, path: str) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log}")
        try:
            return self.get(path, timeout=WAIT_SECONDS).status == 200
        except OSError:
            return False

    def wait(self, timeout: float = WAIT_SECONDS) -> int:
        """Wait until the process has ended by itself and return its exit code."""
        assert self.process is not None
        return self.process.wait(timeout)

    def kill(self) -> None:
        """End the process as a power cut would: SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self, timeout: float = WAIT_SECONDS) -> None:
        """End the process as a supervisor would: SIGTERM, then exit code 0."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            # A forked server prints what its threads do; another ends.
            self.process.send_signal(signal.SIGUSR1)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
            self.kill()
            raise AssertionError(f"SIGTERM did not end the server:\n{self.log}") from None
        assert code == 0, f"the server ended with {code}:\n{self.log}"

    def restart(self, *, kill: bool = False) -> "LiveServer":
        """Stop (or kill) and start again, on the same port and database."""
        if self.running:
            self.kill() if kill else self.stop()
        return self.start()

    def flask(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the flask command with this server's settings and database."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
