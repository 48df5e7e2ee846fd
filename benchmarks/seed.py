"""Fill the databases of the scenario `reading`, directly in SQL: a million posts take too long."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from benchmarks.fill import index_words
from benchmarks.http_load import send_request
from benchmarks.servers import PEERS, MeApi

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


def seed_ours(server: MeApi, rows: int) -> None:
    """Write a report and one message over REST, then copy the message in the database.

    Copies are made while the server is stopped; it is running again on return.
    """
    _write_report(server.port)
    path = "/chat/rooms/lobby/messages"
    status, _, _ = send_request(server.port, "POST", path, {"nick": "mos", "text": "the first"})
    assert status == 201, status
    server.kill()
    with _open(server.database) as database:
        _multiply(database, rows)
    server.start()


def _write_report(port: int) -> None:
    user = {"email": "bench@example.com", "password": "a long password"}
    send_request(port, "POST", "/register", user)
    token = send_request(port, "POST", "/login", user)[2]["data"]["token"]
    report = {"week": 1, "title": TITLE, "text": TEXT}
    status, _, _ = send_request(port, "POST", "/reports", report, {"x-access-token": token})
    assert status == 201, status


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


def seed_peer(path: Path, rows: int) -> None:
    """Create the tables of the peers, and fill them with the same messages and report."""
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


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=OFF")
    return database
