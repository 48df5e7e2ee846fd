"""Fill the databases of the scenario `reading`, directly in SQL: a million posts take too long."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import jwt

from benchmarks.fill import index_words
from benchmarks.http_requests import send_request
from benchmarks.peer_servers import PEER_SECRET, PEERS
from benchmarks.servers import MeApi

ROOMS = ("lobby", "kundtjanst")
"""The rooms that me-api has by default."""
TITLE = "Vecka 1"
PARAGRAPHS = [
    f"Stycke {n}: det här har vi gjort under veckan, och det här har vi lärt oss."
    for n in range(25)
]
TEXT = "\n\n".join(PARAGRAPHS)
HTML = "".join(f"<p>{paragraph}</p>\n" for paragraph in PARAGRAPHS)
NOW = "2026-01-01T12:00:00.000Z"
TEXT_SQL = "'message number ' || n || ' of a long history, about nothing'"
# A common table expression with the numbers from `first` on, to be inserted from.
NUMBERS_SQL = (
    "WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers LIMIT {rows})"
)


def seed_ours(server: MeApi, rows: int) -> str:
    """Write a report and one message over REST, then copy the message in the database.

    Returns the token of the report's author. Copies are made while the server is stopped; it is
    running again on return.
    """
    token = _write_report(server.port)
    path = "/chat/rooms/lobby/messages"
    status, _, _ = send_request(server.port, "POST", path, {"nick": "mos", "text": "the first"})
    assert status == 201, status
    server.kill()
    with _open(server.database) as database:
        _multiply(database, rows)
    server.start()
    return token


def _write_report(port: int) -> str:
    user = {"email": "bench@example.com", "password": "a long password"}
    send_request(port, "POST", "/register", user)
    token: str = send_request(port, "POST", "/login", user)[2]["data"]["token"]
    report = {"week": 1, "title": TITLE, "text": TEXT}
    status, _, _ = send_request(port, "POST", "/reports", report, {"x-access-token": token})
    assert status == 201, status
    return token


def _multiply(database: sqlite3.Connection, rows: int) -> None:
    # All other columns are copied from the first message, so that this need not know them.
    (head,) = database.execute("SELECT head FROM log").fetchone()
    own = {"id": "n + 1", "rev": f"n + {head}", "born": f"n + {head}", "text": TEXT_SQL}
    names = [row[1] for row in database.execute("PRAGMA table_xinfo(messages)")]
    values = ", ".join(own.get(name, f"m.{name}") for name in names)
    numbers = NUMBERS_SQL.format(first=1, rows=rows - 1)
    database.execute(
        f"{numbers} INSERT INTO messages ({', '.join(names)})"
        f" SELECT {values} FROM messages AS m, numbers WHERE m.id = 1"
    )
    database.execute("UPDATE rooms SET last_id = ? WHERE name = 'lobby'", (rows,))
    database.execute("UPDATE log SET head = head + ?", (rows - 1,))
    index_words(database)


def seed_peer(path: Path, rows: int) -> str:
    """Create the tables of the peers, and fill them with the same messages and report.

    Returns the token of the report's author.
    """
    with _open(path) as database:
        database.executescript((PEERS / "schema.sql").read_text())
        database.execute(
            f"{NUMBERS_SQL.format(first=1, rows=rows)} INSERT INTO messages"
            f" SELECT n, 'lobby', n, 'mos', 0, {TEXT_SQL}, '{NOW}', NULL, 0 FROM numbers"
        )
        database.execute(
            "INSERT INTO reports VALUES (1, ?, ?, ?, 'bench', ?, ?, 1, 0)",
            (TITLE, TEXT, HTML, NOW, NOW),
        )
        database.execute("INSERT INTO users VALUES (1, 'bench')")
        for room in ROOMS:
            database.execute("INSERT INTO rooms VALUES (?, ?, 'post', ?)", (room, room, NOW))
    claims = {"sub": "1", "exp": int(time.time()) + 24 * 3600}
    return jwt.encode(claims, PEER_SECRET, "HS256")


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=OFF")
    return database
