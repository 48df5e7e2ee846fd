"""An application in which each test of the public names finds the events that it needs."""

import json
from threading import Thread
from typing import Any

from flask import Flask, copy_current_request_context, current_app, request, session
from socketio.exceptions import SocketIOError

from tests.stock.apps import RUN, library, options

app = Flask(__name__)
app.secret_key = "for tests"
app.config["NAME"] = "names"
# As an application factory does it.
socketio = library.SocketIO(namespaces="*", **options)
errors: list[str] = []


@socketio.on("connect")
@socketio.on("connect", namespace="/other")
def connect(auth: Any) -> Any:
    """Refuse in every way there is, or accept."""
    refusal = (auth or {}).get("refuse")
    if refusal == "false":
        return False
    if refusal == "data":
        raise library.ConnectionRefusedError("not you", {"why": 1})
    session["auth"] = auth
    library.emit("hello", auth)
    return None


@socketio.on("describe")
def describe(*args: Any) -> dict[str, Any]:
    """Acknowledge with what a handler knows of its request."""
    event = request.event  # type: ignore[attr-defined]
    return {
        "sid": request.sid,  # type: ignore[attr-defined]
        "namespace": request.namespace,  # type: ignore[attr-defined]
        "message": event["message"],
        "args": list(event["args"]),
        "app": current_app.config["NAME"],
        "path": request.path,
        "query": request.args.get("EIO"),
        "agent": request.headers.get("X-Agent"),
        "auth": session.get("auth"),
        "transport": socketio.server.transport(request.sid),  # type: ignore[attr-defined]
    }


@socketio.on("echo")
def echo(*args: Any) -> Any:
    """Acknowledge with the arguments: none, one, or a tuple of several."""
    return None if not args else args[0] if len(args) == 1 else args


@socketio.on("emit")
@socketio.on("emit", namespace="/other")
def emit(event: str, args: list[Any], where: dict[str, Any]) -> None:
    """Emit as the client says; `several` arguments are a tuple."""
    several = where.pop("several", False)
    library.emit(event, *([tuple(args)] if several else args), **where)


@socketio.on("send")
def send(message: Any, where: dict[str, Any]) -> None:
    """Send as the client says."""
    library.send(message, **where)


@socketio.on("server emit")
def server_emit(event: str, args: list[Any], where: dict[str, Any]) -> None:
    """Emit by the method, which is for everybody by default."""
    several = where.pop("several", False)
    socketio.emit(event, *([tuple(args)] if several else args), **where)


@socketio.on("server send")
def server_send(message: Any, where: dict[str, Any]) -> None:
    """Send by the method of `SocketIO`."""
    socketio.send(message, **where)


@socketio.on("call")
def call(event: str, *args: Any) -> Any:
    """Return what the client acknowledges."""
    return library.call(event, *args)


@socketio.on("call another")
def call_another(sid: str, timeout: float) -> Any:
    """Return what another client acknowledges, or that it does not."""
    try:
        return socketio.call("ask", "you", to=sid, timeout=timeout)
    except SocketIOError as error:
        return type(error).__name__


@socketio.on("call all")
def call_all() -> Any:
    """Return the error of a call to everybody."""
    try:
        return socketio.call("ask")
    except ValueError as error:
        return str(error)


@socketio.on("emit with callback")
def emit_with_callback(*args: Any) -> None:
    """Emit, and emit what is acknowledged, from a handler's context."""

    def acknowledged(*answer: Any) -> None:
        # There is a request here: this goes to the client alone.
        library.emit("acknowledged", [request.sid, list(answer)])  # type: ignore[attr-defined]

    library.emit("ask", args, callback=acknowledged)


@socketio.on("rooms")
def rooms(joined: list[str], left: list[str]) -> list[str]:
    """Join and leave rooms, and return those of the client."""
    for name in joined:
        library.join_room(name)
    for name in left:
        library.leave_room(name)
    return sorted(library.rooms())


@socketio.on("rooms of")
def rooms_of(sid: str, room: str) -> list[str]:
    """Put another client into a room, and return its rooms."""
    library.join_room(room, sid=sid, namespace="/")
    return sorted(library.rooms(sid=sid, namespace="/"))


@socketio.on("close")
def close(room: str, by_method: bool) -> Any:
    """Close a room, by the method or the function."""
    try:
        if by_method:
            socketio.close_room(room)
        else:
            library.close_room(room)
    except ValueError as error:
        return str(error)
    return "closed"


@socketio.on("disconnect me")
def disconnect_me(sid: str | None) -> None:
    """Disconnect this client, or another one."""
    library.disconnect(sid=sid)


@socketio.on("fail")
@socketio.on("fail", namespace="/other")
@socketio.on("fail", namespace="/nobody")
def fail(text: str) -> None:
    """Raise an error with this text."""
    raise LookupError(text)


@socketio.on_error()
def handle_error(error: Exception) -> str:
    """Acknowledge an error in the namespace `/`."""
    return f"handled {error} of {request.event['message']}"  # type: ignore[attr-defined]


@socketio.on_error(namespace="/nobody")
def fail_again(error: Exception) -> None:
    """Raise the error once more."""
    raise error


@socketio.on_error_default
def handle_any_error(error: Exception) -> str:
    """Acknowledge an error in any other namespace, but leave those of the class to it."""
    if "class" in str(error):
        raise error
    return f"handled by default: {error}"


@socketio.on("task")
def task(text: str) -> None:
    """Emit from a background task, and from one that has the request."""

    @copy_current_request_context
    def with_request() -> None:
        library.emit("from a task", f"{text} for you")

    def work() -> None:
        socketio.sleep(0.01)
        socketio.emit("from a task", f"{text} for all")
        socketio.sleep()
        socketio.start_background_task(with_request)

    socketio.start_background_task(target=work).join()


@socketio.on("thread")
def thread(text: str) -> None:
    """Emit from a thread of the standard library."""
    worker = Thread(target=socketio.emit, args=("from a thread", text))
    worker.start()
    worker.join()


@socketio.on("session")
def change_session(key: str | None, value: Any) -> dict[str, Any]:
    """Change the session, and return it."""
    if key is not None:
        session[key] = value
    return {name: value for name, value in session.items() if name != "auth"}


@socketio.on("*")
def catch_all(event: str, *args: Any) -> list[Any]:
    """Acknowledge what has no handler."""
    return ["caught", event, list(args)]


@socketio.on("anywhere", namespace="*")
def anywhere(*args: Any) -> list[Any]:
    """Acknowledge an event of any namespace."""
    return ["anywhere", request.namespace, list(args)]  # type: ignore[attr-defined]


@socketio.event(namespace="/other")
def by_its_name(value: int) -> int:
    """Acknowledge an event that has the name of the function."""
    return value + 1


def by_method(value: int) -> int:
    """Acknowledge an event that was registered by `on_event`."""
    return value + 2


socketio.on_event("by method", by_method, namespace="/other")


class Class(library.Namespace):  # type: ignore[misc,name-defined]
    """A namespace as a class, with its own methods and handling of errors."""

    def on_connect(self, auth: Any) -> None:
        """Enter the room of the class."""
        library.join_room("everybody")

    def on_methods(self, event: str) -> None:
        """Send by the methods of the class."""
        self.emit(event, {"by": "class"}, room="everybody")
        self.send(event, room="everybody", include_self=False)
        self.close_room("everybody")
        self.emit("not sent", room="everybody")

    def on_fail(self) -> None:
        """Raise an error, which the class handles."""
        raise LookupError("of a class")

    def error(self, error: Exception) -> str:
        """Handle the error; it has already passed `on_error`, which has no handler for it."""
        return f"of the class: {error}"

    def on_disconnect(self, reason: str) -> None:
        """Note why a client has disconnected."""
        errors.append(reason)

    def on_reasons(self) -> list[str]:
        """Return why clients have disconnected."""
        return errors


socketio.on_namespace(Class("/class"))


@app.get("/emit")
def emit_from_route() -> str:
    """Emit from a route, to everybody in two namespaces."""
    for namespace in ("/", "/class"):
        socketio.emit("from a route", json.loads(request.args["data"]), namespace=namespace)
    return ""


socketio.init_app(app)

if __name__ == "__main__":
    socketio.run(app, **RUN)
