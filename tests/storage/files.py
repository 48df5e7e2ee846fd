"""What tests do with the files of a database, and ask the server that uses it."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.server import LiveServer

MESSAGES = "/chat/rooms/lobby/messages"

DMS = 128
"""The byte of the -shm on which every process that uses the database holds a lock."""


def names(database: Path) -> list[Path]:
    """Return the database file, -wal and -shm."""
    return [Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm")]


def copy(database: Path) -> Path:
    """Copy a database that is in use, as a backup does."""
    path = database.with_suffix(".backup")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return path


def checkpoint(database: Path) -> None:
    """Write what is in the -wal into the database file, from another process than the server."""
    with closing(sqlite3.connect(database)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def whole(database: Path) -> None:
    """Check that the database is not damaged."""
    with closing(sqlite3.connect(database)) as other:
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def is_locked(file: Path, byte: int) -> bool:
    """Return whether another process cannot lock a byte of a file, since this one has."""
    program = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+b');"
        f" fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, {byte})"
    )
    command = [sys.executable, "-ISc", program, str(file)]
    return b"BlockingIOError" in subprocess.run(command, capture_output=True, check=False).stderr


def post(server: LiveServer, text: str) -> int:
    """Post a message; return the status."""
    return server.post(MESSAGES, {"nick": "mos", "text": text}).status


def texts(server: LiveServer) -> list[str]:
    """Return all texts of the lobby."""
    return [message["text"] for message in server.get(f"{MESSAGES}?limit=200").json["data"]]


def codes(body: Any) -> list[str]:
    """Return the codes of an envelope of errors."""
    return [error["code"] for error in body["errors"]]


def ready(server: LiveServer) -> tuple[int, list[str]]:
    """Return the status of /readyz, and the codes of its errors."""
    reply = server.get("/readyz")
    return reply.status, codes(reply.json) if "errors" in reply.json else []


def start_in_own_folder(server: LiveServer) -> LiveServer:
    """Start a server whose database has a folder of its own, with some messages; return it."""
    folder = server.folder / "data"
    folder.mkdir()
    server.database = server.database.rename(folder / server.database.name)
    server.settings["database_url"] = f"sqlite:///{server.database}"
    server.start()
    assert [post(server, f"old {number}") for number in range(3)] == [201] * 3
    return server
