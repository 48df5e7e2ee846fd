"""Flask-SocketIO with Flask-SQLAlchemy, used as their documentation shows."""

import eventlet

eventlet.monkey_patch()

import os  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from typing import Any  # noqa: E402

from flask import Flask, request  # noqa: E402
from flask_socketio import SocketIO, emit, join_room  # noqa: E402
from flask_sqlalchemy import SQLAlchemy  # noqa: E402
from sqlalchemy import event, func, select  # noqa: E402

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{os.environ['DATABASE']}"
db = SQLAlchemy(app)
socketio = SocketIO(app, async_mode="eventlet")
nicks: dict[str, str] = {}


class Message(db.Model):  # type: ignore[name-defined,misc]
    """A row of the table of messages."""

    rev = db.Column(db.Integer, primary_key=True)
    room = db.Column(db.String(64), nullable=False)
    number = db.Column(db.Integer, nullable=False)
    nick = db.Column(db.String(32), nullable=False)
    text = db.Column(db.Text, nullable=False)
    time = db.Column(db.String(24), nullable=False)
    __table_args__ = (db.UniqueConstraint("room", "number"),)


def set_pragmas(connection: Any, _: Any) -> None:
    """Sync every commit to the disk, as me-api does."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


@socketio.on("connect", namespace="/chat")
def connect(auth: dict[str, str] | None) -> None:
    """Save the nick of the session for its messages."""
    nicks[request.sid] = (auth or {}).get("nick", "guest")  # type: ignore[attr-defined]


@socketio.on("join", namespace="/chat")
def join(body: dict[str, str]) -> dict[str, Any]:
    """Add the session to a room, and acknowledge it."""
    join_room(body["room"])
    return {"data": {"room": body["room"]}}


@socketio.on("post", namespace="/chat")
def post(body: dict[str, str]) -> dict[str, Any]:
    """Store a message, broadcast it to the room, and acknowledge it."""
    last = select(func.coalesce(func.max(Message.number), 0)).where(Message.room == body["room"])
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    row = Message(
        room=body["room"],
        number=db.session.scalar(last) + 1,
        nick=nicks[request.sid],  # type: ignore[attr-defined]
        text=body["text"],
        time=now,
    )
    db.session.add(row)
    db.session.commit()
    message = {
        "room": row.room,
        "id": row.number,
        "rev": row.rev,
        "nick": row.nick,
        "verified": False,
        "text": row.text,
        "time": row.time,
        "edited": None,
        "deleted": False,
    }
    emit("message", (message, str(row.rev)), to=row.room)
    return {"data": message}


if __name__ == "__main__":
    with app.app_context():
        event.listen(db.engine, "connect", set_pragmas)
        db.create_all()
    socketio.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
