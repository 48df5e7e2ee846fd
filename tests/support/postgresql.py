"""PostgreSQL for the tests: a server of their own, with its data in a temporary folder."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql, waiting

from deploy import programs
from tests.support.wait import WAIT_SECONDS, wait_until

USER = "me_api"
SETTINGS = {
    "fsync": "on",
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    # Tests write little, and each database is dropped soon.
    "autovacuum": "off",
    "max_wal_size": "2GB",
}

numbers = itertools.count(1)


class BlockingConnection(psycopg.Connection[Any]):
    """A connection that waits without running the event loop, also where the application waits."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        return waiting.wait_c(gen, self.pgconn.socket, interval=interval, timeout=timeout)


def connect(url: str) -> BlockingConnection:
    """Connect to the database of SQLAlchemy's URL; each statement is a transaction of its own."""
    return BlockingConnection.connect(url.replace("+psycopg", ""), autocommit=True)


class Cluster:
    """A PostgreSQL server with `fsync=on`, reached through a Unix socket in `folder`."""

    def __init__(self) -> None:
        folder_of_programs = programs.postgresql()
        self.folder = Path(tempfile.mkdtemp(prefix="me-api-postgresql-"))
        # PostgreSQL refuses to run as root; Debian's package has created a user for it.
        # With the signal it does not outlive the tests.
        self._start = ["setpriv", "--pdeathsig", "QUIT"]
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            ids = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
            self._start += ids
        self.data = self.folder / "data"
        self.log_path = self.folder / "log"
        options = ["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--no-locale"]
        self._run(folder_of_programs / "initdb", "--pgdata", self.data, "--no-sync", *options)
        self._command = [
            *self._start,
            folder_of_programs / "postgres",
            "-D",
            self.data,
            "-k",
            self.folder,
        ]
        for name, value in SETTINGS.items():
            self._command += ["-c", f"{name}={value}"]
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self, timeout: float = WAIT_SECONDS) -> None:
        """Start the server and wait until it accepts connections."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C does not reach it.
            )
        wait_until(self._accepts, timeout, "PostgreSQL accepting connections")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: by SIGINT after ending all connections, by SIGQUIT at once."""
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(WAIT_SECONDS)
        self.process = None

    def close(self) -> None:
        """Stop the server and delete its data."""
        if self.process is not None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    def url(self, name: str) -> str:
        """Return SQLAlchemy's URL of a database."""
        return f"postgresql+psycopg://{USER}@/{name}?host={self.folder}"

    def connect(self, name: str = "postgres") -> "psycopg.Connection[Any]":
        """Connect to a database; each statement is a transaction of its own."""
        return connect(self.url(name))

    def create(self, template: str = "template0") -> str:
        """Create a database, a copy of another one that nobody uses; return its name."""
        name = f"test_{next(numbers)}"
        self._order("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def drop(self, name: str) -> None:
        """Delete a database, also while clients are connected to it."""
        self._order("DROP DATABASE {} WITH (FORCE)", name)

    def _order(self, order: Any, *names: str) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL(order).format(*map(sql.Identifier, names)))

    def _accepts(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log_path.read_text()
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, *command: object) -> None:
        made = subprocess.run(
            [*self._start, *map(str, command)],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )
        assert made.returncode == 0, made.stdout + made.stderr
