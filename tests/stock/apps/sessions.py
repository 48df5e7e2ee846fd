"""What every button of Flask-SocketIO's example of sessions does: HTTP and events share them.

As there, Flask-Login knows the user, and Flask-Session keeps the sessions on the server.
"""

from tempfile import TemporaryDirectory
from typing import Any

from cachelib.file import FileSystemCache
from flask import Flask, Response, jsonify, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_session import Session

from tests.stock.apps import RUN, library, options

folder = TemporaryDirectory()
app = Flask(__name__)
app.secret_key = "for tests"
app.config["SESSION_TYPE"] = "cachelib"
app.config["SESSION_CACHELIB"] = FileSystemCache(folder.name)
login = LoginManager(app)
Session(app)
socketio = library.SocketIO(app, manage_session=False, **options)


class User(UserMixin):  # type: ignore[misc]
    """A user, of whom only the id is known."""

    def __init__(self, user_id: str) -> None:
        self.id = user_id


login.user_loader(User)


def described() -> dict[str, str]:
    """Return what both interfaces show."""
    user = current_user.id if current_user.is_authenticated else "anonymous"
    return {"session": session.get("value", ""), "user": user}


def change(data: dict[str, Any]) -> None:
    """Set the value, or log a user in or out."""
    if "session" in data:
        session["value"] = data["session"]
    elif data["user"]:
        login_user(User(data["user"]))
    else:
        logout_user()


@app.get("/session")
def read() -> Response:
    """Show the session over HTTP."""
    return jsonify(described())


@app.post("/session")
def write() -> tuple[str, int]:
    """Change the session over HTTP."""
    change(request.get_json())
    return "", 204


@socketio.on("get-session")
def send_session() -> None:
    """Show the session to a client."""
    library.emit("refresh-session", described())


@socketio.on("set-session")
def set_session(data: dict[str, Any]) -> None:
    """Change the session by an event."""
    change(data)


if __name__ == "__main__":
    socketio.run(app, **RUN)
