"""Fill rooms with messages like those of a real chat, by bulk inserts into the tables."""

import random
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from me_api.chat.search.words import words
from tests.support.server import LiveServer

# Words of a chat among students, in Swedish.
SAMPLE = """
hej tack imorgon kursen rapporten någon redovisning kmom varför funkar inte servern socket
websocket databasen just nu här där också kanske äntligen problemet lösning testa igen
kolla länken tentan gruppen frågan svar kod funktion event meddelande klient port lokalt
"""
WORDS = SAMPLE.split()
FIRST_TIME = datetime(2023, 1, 2, 8, tzinfo=UTC)
INTERVAL = timedelta(seconds=90)
SENDERS = 500
RARE_WORDS = 20_000
"""The number of rare words. Each message contains one; of a million messages 50 share it."""
CHUNK = 20_000
"""Messages per transaction, so that the write-ahead log stays small."""

INSERT = (
    "INSERT INTO messages (room_id, id, rev, born, nick, verified, sender, text, key, created)"
    " VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?)"
)


def filled_server(folder: Path, sizes: dict[str, int], **settings: object) -> LiveServer:
    """Return a server that is not running, whose database has rooms with so many messages."""
    server = LiveServer(folder, rooms=",".join(sizes), **settings).start()
    server.stop()
    started = time.perf_counter()
    fill(server.database, sizes)
    seconds = time.perf_counter() - started
    print(f"filled with {sum(sizes.values()):,} messages in {seconds:.0f} s", flush=True)
    return server


def fill(database: Path, sizes: dict[str, int]) -> None:
    """Write as many messages to each room as `sizes` says.

    The rooms must exist, and the log must be empty. Its revs are assigned room by room.
    """
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-200000")
    rev = 0
    for room, size in sizes.items():
        fill_room(connection, room, size, rev)
        rev += size
    connection.execute("UPDATE log SET head = ?", (rev,))
    connection.execute("BEGIN")
    index_words(connection)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def index_words(connection: sqlite3.Connection) -> None:
    """Add all messages to the search index, in the transaction that is open.

    The server does that in the background.
    """
    said = connection.execute(
        "SELECT rev, text, room_id FROM messages"
        " WHERE rev > (SELECT indexed FROM search) AND text IS NOT NULL ORDER BY rev"
    )
    connection.executemany(
        "INSERT INTO search_words (rowid, words, room_id) VALUES (?, ?, ?)",
        ((rev, " ".join(words(text)), room) for rev, text, room in said.fetchall()),
    )
    connection.execute("UPDATE search SET indexed = (SELECT head FROM log)")


def fill_room(connection: sqlite3.Connection, room: str, size: int, rev: int) -> None:
    """Write the messages of a room, which get the revs after `rev`."""
    (room_id,) = connection.execute("SELECT id FROM rooms WHERE name = ?", (room,)).fetchone()
    for low in range(0, size, CHUNK):
        high = min(low + CHUNK, size)
        connection.execute("BEGIN")
        connection.executemany(INSERT, messages(room_id, low, high, rev))
        connection.execute("COMMIT")
    connection.execute("UPDATE rooms SET last_id = ? WHERE id = ?", (size, room_id))


def messages(room_id: int, low: int, high: int, rev: int) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the messages with low < id <= high."""
    # A fixed seed, so that every run reads the same messages.
    rng = random.Random(low * 1_000 + room_id)
    for number in range(low + 1, high + 1):
        author = rng.randrange(SENDERS)
        text = " ".join([*rng.choices(WORDS, k=rng.randint(2, 30)), rare_word(number)])
        key = f"{number:x}-{rng.getrandbits(64):x}" if number % 2 else None
        nick, sender = f"nick {author}", f"guest:{author:064x}"
        at = rev + number
        yield (room_id, number, at, at, nick, sender, text, key, created_at(number))


def rare_word(number: int) -> str:
    """Return the rare word in the message with this id."""
    return f"ord{number % RARE_WORDS}"


def created_at(number: int) -> str:
    """Return the time of the message with this id, in the format of the database."""
    moment = FIRST_TIME + number * INTERVAL
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
