"""What every button of Flask-SocketIO's first example does, by functions.

The events have the names of the example, so that its page can be tried with this application.
"""

from threading import Lock
from typing import Any

from flask import Flask, copy_current_request_context, request, session

from tests.stock.apps import RUN, library, options

app = Flask(__name__)
app.secret_key = "for tests"
socketio = library.SocketIO(app, **options)
lock = Lock()
tasks: list[Any] = []


def respond(data: Any, **where: Any) -> None:
    """Send `my_response`, with how many the session has caused."""
    session["sent"] = session.get("sent", 0) + 1
    library.emit("my_response", {"data": data, "count": session["sent"]}, **where)


def send_regularly() -> None:
    """Send from a background task."""
    for count in range(1_000_000):
        socketio.sleep(0.2)
        socketio.emit("my_response", {"data": "from the server", "count": count})


@app.get("/")
def index() -> str:
    """Say which model is used."""
    return str(socketio.async_mode)


@socketio.event
def connect() -> None:
    """Start the task with the first client."""
    with lock:
        if not tasks:
            tasks.append(socketio.start_background_task(send_regularly))
    library.emit("my_response", {"data": "Connected", "count": 0})


@socketio.event
def my_event(message: dict[str, Any]) -> None:
    """Send the text back to its sender."""
    respond(message["data"])


@socketio.event
def my_broadcast_event(message: dict[str, Any]) -> None:
    """Send the text to everybody in the namespace."""
    respond(message["data"], broadcast=True)


@socketio.event
def join(message: dict[str, Any]) -> None:
    """Enter a room, and list the rooms."""
    library.join_room(message["room"])
    respond("In rooms: " + ", ".join(library.rooms()))


@socketio.event
def leave(message: dict[str, Any]) -> None:
    """Leave a room, and list the rooms."""
    library.leave_room(message["room"])
    respond("In rooms: " + ", ".join(library.rooms()))


@socketio.event
def my_room_event(message: dict[str, Any]) -> None:
    """Send the text to everybody in a room."""
    respond(message["data"], to=message["room"])


@socketio.on("close_room")
def close(message: dict[str, Any]) -> None:
    """Announce to a room that it is closed, and close it."""
    respond(f"Room {message['room']} is closing.", to=message["room"])
    library.close_room(message["room"])


@socketio.event
def disconnect_request() -> None:
    """Disconnect the client when it has acknowledged the last message."""

    @copy_current_request_context
    def received() -> None:
        library.disconnect()

    respond("Disconnected!", callback=received)


@socketio.event
def my_ping() -> None:
    """Send an event without data."""
    library.emit("my_pong")


@socketio.on("*")
def anything(event: str, data: Any) -> None:
    """Echo what has no handler, with its name."""
    respond([event, data])


@socketio.on("disconnect")
def gone(reason: str) -> None:
    """Announce who has gone, and why."""
    library.emit("gone", (request.sid, reason), broadcast=True)  # type: ignore[attr-defined]


if __name__ == "__main__":
    socketio.run(app, **RUN)
