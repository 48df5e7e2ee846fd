"""A PostgreSQL server with a standby, of which one address reaches the one that is the primary."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from deploy import programs
from tests.support.postgresql import USER, Cluster
from tests.support.wait import wait_until


class Standby(Cluster):
    """A copy of a primary, which follows it until it is promoted."""

    def __init__(self, primary: Cluster) -> None:
        folder_of_programs = programs.postgresql()
        self.folder = Path(tempfile.mkdtemp(prefix="me-api-standby-"))
        shutil.chown(self.folder, primary.data.owner(), primary.data.group())
        self._start = primary._start
        self.data = self.folder / "data"
        self.log_path = self.folder / "log"
        source = f"host={primary.folder} user={USER} application_name=standby"
        self._run(
            folder_of_programs / "pg_basebackup",
            *("--pgdata", self.data, "--dbname", source, "--checkpoint", "fast"),
            *("--wal-method", "stream", "--no-sync", "--write-recovery-conf"),
        )
        self._command = [
            str(self.data if part == primary.data else part) for part in primary._command
        ]
        self._command[self._command.index("-k") + 1] = str(self.folder)
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def lag(self) -> None:
        """Receive nothing more from the primary."""
        with self.connect() as connection:
            connection.execute("ALTER SYSTEM SET primary_conninfo = ''")
            connection.execute("SELECT pg_reload_conf()")
            wait_until(lambda: not _receives(connection), what="the standby to lag")

    def promote(self) -> None:
        with self.connect() as connection:
            connection.execute("SELECT pg_promote()")


class Replicas:
    """A primary and its standby."""

    def __init__(self) -> None:
        self.primary = Cluster()
        self.standby = Standby(self.primary)
        self._address = Path(tempfile.mkdtemp(prefix="me-api-address-")) / "current"
        self._address.symlink_to(self.primary.folder)

    def url(self, name: str) -> str:
        """Return SQLAlchemy's URL of a database, which stays the same in a failover."""
        return f"postgresql+psycopg://{USER}@/{name}?host={self._address}"

    def fail_over(self) -> None:
        """Kill the primary, and promote the standby at the same address."""
        self.primary.stop(signal.SIGQUIT)
        self.standby.promote()
        other = self._address.with_suffix(".new")
        other.symlink_to(self.standby.folder)
        os.replace(other, self._address)

    def require_standby(self) -> None:
        """Acknowledge only what the standby has, too."""
        with self.primary.connect() as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            connection.execute("SELECT pg_reload_conf()")
            wait_until(lambda: _is_synchronous(connection), what="the synchronous standby")

    def wait_replayed(self) -> None:
        """Wait until the standby has everything."""
        with self.primary.connect() as connection:
            wait_until(lambda: _has_replayed(connection), what="the standby to catch up")

    def close(self) -> None:
        self.standby.close()
        self.primary.close()
        shutil.rmtree(self._address.parent)


def _is_synchronous(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT sync_state FROM pg_stat_replication").fetchone()
    return row == ("sync",)


def _receives(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT FROM pg_stat_wal_receiver").fetchone() is not None


def _has_replayed(connection: psycopg.Connection) -> bool:
    query = "SELECT replay_lsn >= pg_current_wal_lsn() FROM pg_stat_replication"
    return connection.execute(query).fetchone() == (True,)
