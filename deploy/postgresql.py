"""A PostgreSQL server whose data are in a folder of the cluster."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
from pathlib import Path

import psycopg

from deploy.process import ClusterError, Process, run_as

ACCOUNT = "postgres"
"""PostgreSQL refuses to run as root; Debian's package has created this account for it."""
USER = "me_api"


def url(sockets: Path) -> str:
    """Return SQLAlchemy's URL of the database."""
    return f"postgresql+psycopg://{USER}@/postgres?host={sockets}"


def make(programs: Path, folder: Path, sockets: Path, log: Path) -> Process:
    """Create the data in a folder, unless they are there, and return the server, not started.

    Raises `ClusterError` if they cannot be created.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    log.touch()
    if os.geteuid() == 0:
        _give((folder, sockets))
    if not (folder / "PG_VERSION").exists():
        _run(programs / "initdb", "--pgdata", folder, "--username", USER, "--auth", "trust")
    # Without an address: only users who may enter the folder of the socket reach it.
    options = ["-D", folder, "-k", sockets, "-c", "listen_addresses="]
    return Process(
        "postgresql",
        [programs / "postgres", *options],
        log,
        lambda: _accepts(sockets),
        account=ACCOUNT,
        stop_signal=signal.SIGINT,
        # SIGKILL would leave its children behind. SIGQUIT ends them, too, and like a power cut it
        # makes the next start recover from the log.
        kill_signal=signal.SIGQUIT,
    )


def _give(folders: tuple[Path, ...]) -> None:
    """Make PostgreSQL's account the owner of folders; raise `ClusterError` if it cannot enter."""
    try:
        account = pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise ClusterError(f"PostgreSQL does not run as root: add a user {ACCOUNT}") from None
    for folder in folders:
        os.chown(folder, account.pw_uid, account.pw_gid)
        looked = subprocess.run(
            [*run_as(ACCOUNT, signal.SIGTERM), "test", "-w", str(folder)], check=False
        )
        if looked.returncode:
            raise ClusterError(
                f"PostgreSQL does not run as root, and its user {ACCOUNT} may not enter {folder}: "
                "run this as another user, or choose a folder with DATA=/path"
            )


def _run(*command: object) -> None:
    made = subprocess.run(
        [*run_as(ACCOUNT, signal.SIGTERM), *map(str, command), "--encoding=UTF8", "--no-locale"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",  # The account may not enter the present one.
    )
    if made.returncode:
        raise ClusterError(f"initdb fails: {made.stderr.strip()}")


def _accepts(sockets: Path) -> bool:
    try:
        psycopg.connect(host=str(sockets), user=USER, dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True
