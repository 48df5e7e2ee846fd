"""PostgreSQL for the tests: a server of their own, with its data in a temporary folder.

`python -m tests.support.postgresql` prints where its programs are. Where the machine has none, it
installs Debian's package, as root or by sudo without a password, or ends with one line that says
what to do.
"""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql, waiting

from tests.support.debian import install
from tests.support.wait import wait_until

USER = "me_api"
DEBIAN = Path("/usr/lib/postgresql")
"""Debian's packages put the programs of each version into a folder of its own, not into PATH."""
MISSING = """\
no PostgreSQL for the tests: install Debian's package postgresql, \
or put the folder of its initdb into PATH"""
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


def find() -> Path:
    """Return the folder of PostgreSQL's programs: Debian's newest, else that of PATH's initdb."""
    versions = sorted(DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    assert found, MISSING
    return Path(found).resolve().parent


def find_or_install() -> Path:
    """Return the folder of PostgreSQL's programs; install Debian's package before giving up."""
    try:
        return find()
    except AssertionError:
        install("postgresql")
        return find()


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
        programs = find_or_install()
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
        self._run(programs / "initdb", "--pgdata", self.data, "--no-sync", *options)
        self._command = [*self._start, programs / "postgres", "-D", self.data, "-k", self.folder]
        for name, value in SETTINGS.items():
            self._command += ["-c", f"{name}={value}"]
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C does not reach it.
            )
        wait_until(self._accepts, 30, "PostgreSQL accepting connections")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: by SIGINT after ending all connections, by SIGQUIT at once."""
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(30)
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
        """Delete a database, whoever is connected to it."""
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


def main() -> None:
    """Print the folder of the programs, or exit with one line."""
    try:
        print(f"The tests start PostgreSQL from {find_or_install()}")
    except AssertionError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
