"""What every button of Flask-SocketIO's second example does: a class for the namespace `/test`."""

from typing import Any

from flask import Flask, request, session

from tests.stock.apps import RUN, library, options

app = Flask(__name__)
app.secret_key = "for tests"
socketio = library.SocketIO(app, **options)
tasks: list[Any] = []


def respond(data: Any, **where: Any) -> None:
    """Send `my_response`, with how many the session has caused."""
    session["sent"] = session.get("sent", 0) + 1
    library.emit("my_response", {"data": data, "count": session["sent"]}, **where)


def send_regularly() -> None:
    """Send from a background task."""
    for count in range(1_000_000):
        socketio.sleep(0.2)
        data = {"data": "from the server", "count": count}
        socketio.emit("my_response", data, namespace="/test")


class Buttons(library.Namespace):  # type: ignore[misc,name-defined]
    """The events of the namespace, each a method."""

    def on_connect(self) -> None:
        """Start the task with the first client."""
        if not tasks:
            tasks.append(socketio.start_background_task(target=send_regularly))
        library.emit("my_response", {"data": "Connected", "count": 0})

    def on_my_event(self, message: dict[str, Any]) -> None:
        """Send the text back to its sender."""
        respond(message["data"])

    def on_my_broadcast_event(self, message: dict[str, Any]) -> None:
        """Send the text to everybody in the namespace."""
        respond(message["data"], broadcast=True)

    def on_join(self, message: dict[str, Any]) -> None:
        """Enter a room, and list the rooms."""
        library.join_room(message["room"])
        respond("In rooms: " + ", ".join(library.rooms()))

    def on_leave(self, message: dict[str, Any]) -> None:
        """Leave a room, and list the rooms."""
        library.leave_room(message["room"])
        respond("In rooms: " + ", ".join(library.rooms()))

    def on_my_room_event(self, message: dict[str, Any]) -> None:
        """Send to a room, by the older name of the parameter."""
        respond(message["data"], room=message["room"])

    def on_close_room(self, message: dict[str, Any]) -> None:
        """Announce to a room that it is closed, and close it."""
        respond(f"Room {message['room']} is closing.", room=message["room"])
        library.close_room(message["room"])

    def on_disconnect_request(self) -> None:
        """Disconnect the client, as it asks for."""
        respond("Disconnected!")
        library.disconnect()

    def on_my_ping(self) -> None:
        """Send an event without data."""
        library.emit("my_pong")

    def on_disconnect(self) -> None:
        """Announce who has gone; a handler without the reason, as they once were."""
        library.emit("gone", request.sid, broadcast=True)  # type: ignore[attr-defined]


socketio.on_namespace(Buttons("/test"))

if __name__ == "__main__":
    # Without the reloader, which would leave its own process behind when a test kills this one.
    socketio.run(app, debug=True, use_reloader=False, **RUN)
