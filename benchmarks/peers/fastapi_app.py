"""FastAPI on uvicorn with uvloop and httptools, and the SQLite of the standard library."""

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Query
from pydantic import BaseModel, Field

SCHEMA = Path(__file__).with_name("schema.sql").read_text()
COLUMNS = "room, id, rev, nick, verified, text, time, edited, deleted"
INSERT = f"INSERT INTO messages ({COLUMNS}) VALUES (?, ?, ?, ?, 0, ?, ?, NULL, 0)"
NEWEST = f"SELECT {COLUMNS} FROM messages WHERE room = ? ORDER BY id DESC LIMIT ?"
BEFORE = f"SELECT {COLUMNS} FROM messages WHERE room = ? AND id < ? ORDER BY id DESC LIMIT ?"
HEAD = "SELECT coalesce(max(rev), 0) FROM messages"
LAST = "SELECT id, rev FROM messages WHERE room = ? ORDER BY id DESC LIMIT 1"
ROOMS = "SELECT name, title, guests, created FROM rooms"

NAMES = COLUMNS.split(", ")

# Without an isolation level, a statement is a transaction of its own.
db = sqlite3.connect(os.environ["DATABASE"], isolation_level=None)
app = FastAPI()


class NewMessage(BaseModel):
    """The body with which a client posts a message."""

    nick: str = Field(min_length=1, max_length=32)
    text: str = Field(min_length=1, max_length=2000)


class Message(BaseModel):
    """A message as clients receive it."""

    room: str
    id: int
    rev: int
    nick: str
    verified: bool
    text: str | None
    time: str
    edited: str | None
    deleted: bool


class Posted(BaseModel):
    """The response to a post."""

    data: Message


class Links(BaseModel):
    """The pages before and after a page."""

    older: str | None
    newer: str | None


class Page(BaseModel):
    """A page of messages, and links to those beside it."""

    data: list[Message]
    page: Links
    rev: int
    epoch: str = "0123456789abcdef"


# The functions are coroutines: a query takes less time than handing it to a thread.
@app.get("/healthz")
async def health() -> dict[str, dict[str, str]]:
    """Return that the server is alive."""
    return {"data": {"status": "ok"}}


@app.get("/chat/rooms")
async def rooms() -> dict[str, list[dict[str, Any]]]:
    """Return all rooms, each with its last id and rev."""
    found = []
    for name, title, guests, created in db.execute(ROOMS).fetchall():
        last = db.execute(LAST, (name,)).fetchone()
        last_id, rev = last or (0, 0)
        found.append(
            {
                "name": name,
                "title": title,
                "guests": guests,
                "rev": rev,
                "last_id": last_id,
                "created": created,
            }
        )
    return {"data": found}


@app.get("/chat/rooms/{room}/messages", response_model=Page)
async def page(room: str, limit: int = Query(50, ge=0, le=200), before: int | None = None) -> Any:
    """Return the newest messages, or those before an id."""
    (rev,) = db.execute(HEAD).fetchone()
    if before is None:
        rows = db.execute(NEWEST, (room, limit)).fetchall()
    else:
        rows = db.execute(BEFORE, (room, before, limit)).fetchall()
    rows.reverse()
    url = f"/chat/rooms/{room}/messages"
    first, last = (rows[0][1], rows[-1][1]) if rows else (0, 0)
    older = f"{url}?before={first}&limit={limit}" if first > 1 else None
    newer = f"{url}?after={last}&limit={limit}" if rows and before is not None else None
    messages = [dict(zip(NAMES, row, strict=True)) for row in rows]
    return {"data": messages, "page": {"older": older, "newer": newer}, "rev": rev}


@app.post("/chat/rooms/{room}/messages", status_code=201)
async def post(room: str, new: NewMessage) -> Posted:
    """Store a message, and return it."""
    (rev,) = db.execute(HEAD).fetchone()
    last, _ = db.execute(LAST, (room,)).fetchone() or (0, 0)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    db.execute(INSERT, (room, last + 1, rev + 1, new.nick, new.text, now))
    return Posted(
        data=Message(
            room=room,
            id=last + 1,
            rev=rev + 1,
            nick=new.nick,
            verified=False,
            text=new.text,
            time=now,
            edited=None,
            deleted=False,
        )
    )


if __name__ == "__main__":
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.executescript(SCHEMA)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
    )
