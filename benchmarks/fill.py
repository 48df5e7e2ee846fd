"""Fills rooms with messages like those of a real chat, in bulk and straight into the tables."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TALK = """
hej tack imorgon kursen rapporten någon redovisning kmom varför funkar inte servern socket
websocket databasen just nu här där också kanske äntligen problemet lösning testa igen
kolla länken tentan gruppen frågan svar kod funktion event meddelande klient port lokalt
"""
WORDS = TALK.split()
FIRST = datetime(2023, 1, 2, 8, tzinfo=UTC)
BETWEEN = timedelta(seconds=90)
PEOPLE = 500
RARE = 20_000
"""Words of which each message has one: of a million messages 50 have the same."""
CHUNK = 20_000

INSERT = (
    "INSERT INTO messages (room_id, id, rev, born, nick, verified, sender, text, key, created)"
    " VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?)"
)


def fill(database: Path, sizes: dict[str, int]) -> None:
    """Give each room so many messages, one room after the other in the log."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-200000")
    rev = 0
    for room, size in sizes.items():
        fill_room(connection, room, size, rev)
        rev += size
    connection.execute("UPDATE log SET head = ?", (rev,))
    index(connection)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def index(connection: sqlite3.Connection) -> None:
    """Put all messages into the index of words, as the server does in time."""
    connection.execute(
        "INSERT INTO search_words (rowid, text, room_id) SELECT rev, text, room_id FROM messages"
        " WHERE rev > (SELECT indexed FROM search) AND text IS NOT NULL ORDER BY rev"
    )
    connection.execute("UPDATE search SET indexed = (SELECT head FROM log)")


def fill_room(connection: sqlite3.Connection, room: str, size: int, rev: int) -> None:
    """Write one room's messages in a few transactions, so that the WAL stays small."""
    (room_id,) = connection.execute("SELECT id FROM rooms WHERE name = ?", (room,)).fetchone()
    for low in range(0, size, CHUNK):
        high = min(low + CHUNK, size)
        connection.execute("BEGIN")
        connection.executemany(INSERT, messages(room_id, low, high, rev))
        connection.execute("COMMIT")
    connection.execute("UPDATE rooms SET last_id = ? WHERE id = ?", (size, room_id))


def messages(room_id: int, low: int, high: int, rev: int) -> Iterator[tuple[Any, ...]]:
    """Make the messages with low < id <= high, the same in every run."""
    chance = random.Random(low * 1_000 + room_id)
    for number in range(low + 1, high + 1):
        person = chance.randrange(PEOPLE)
        text = " ".join([*chance.choices(WORDS, k=chance.randint(2, 30)), rare(number)])
        key = f"{number:x}-{chance.getrandbits(64):x}" if number % 2 else None
        at = position(rev, number)
        sender = f"guest:{person:064x}"
        yield (room_id, number, at, at, f"nick {person}", sender, text, key, time_of(number))


def rare(number: int) -> str:
    """Give the rare word of a message."""
    return f"ord{number % RARE}"


def position(rev: int, number: int) -> int:
    """Give the rev of a room's message, when the log stood at `rev` before its first."""
    return rev + number


def time_of(number: int) -> str:
    """Give the time of a room's message as it is stored."""
    moment = FIRST + number * BETWEEN
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
