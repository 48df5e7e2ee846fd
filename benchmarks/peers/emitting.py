"""A chat of Flask-SocketIO that stores nothing. LIBRARY names the module that it imports."""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import importlib  # noqa: E402
import os  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from itertools import count  # noqa: E402
from typing import Any  # noqa: E402

from flask import Flask, session  # noqa: E402

library = importlib.import_module(os.environ["LIBRARY"])
app = Flask(__name__)
app.secret_key = "of a benchmark"
socketio = library.SocketIO(app, async_mode="eventlet")
numbers = count(1)


@socketio.on("connect", namespace="/chat")
def connect(auth: dict[str, str] | None) -> None:
    """Save the nick of the session for its messages."""
    session["nick"] = (auth or {}).get("nick", "guest")


@socketio.on("join", namespace="/chat")
def join(body: dict[str, str]) -> dict[str, Any]:
    """Add the session to a room, and acknowledge it."""
    library.join_room(body["room"])
    return {"data": {"room": body["room"]}}


@socketio.on("post", namespace="/chat")
def post(body: dict[str, str]) -> dict[str, Any]:
    """Send a message to the room, and acknowledge it."""
    number = next(numbers)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = {
        "room": body["room"],
        "id": number,
        "rev": number,
        "nick": session["nick"],
        "verified": False,
        "text": body["text"],
        "time": now,
        "edited": None,
        "deleted": False,
    }
    library.emit("message", (message, str(number)), to=body["room"])
    return {"data": message}


if __name__ == "__main__":
    socketio.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
