"""What every button of Flask-SocketIO's example of sessions does: HTTP and events share them.

The sessions are on the server, as those of Flask-Session are: the cookie has only their number.
"""

import secrets
from typing import Any

from flask import Flask, Request, Response, jsonify, request, session
from flask.sessions import SessionInterface, SessionMixin

from tests.stock.apps import RUN, library, options


class ServerSession(dict[str, Any], SessionMixin):
    """A session, and its number."""

    sid = ""
    modified = True


class ServerSessions(SessionInterface):
    """Sessions in the memory of the server."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {}

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """Return the session that the cookie names, or a new one."""
        sid = request.cookies.get("session") or secrets.token_hex(8)
        opened = ServerSession(self.stored.get(sid, {}))
        opened.sid = sid
        return opened

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Store the session, and set its cookie."""
        self.stored[session.sid] = dict(session)
        response.set_cookie("session", session.sid)


app = Flask(__name__)
app.session_interface = ServerSessions()
socketio = library.SocketIO(app, manage_session=False, **options)


def described() -> dict[str, str]:
    """Return what both interfaces show."""
    return {"session": session.get("value", ""), "user": session.get("user", "anonymous")}


def change(data: dict[str, Any]) -> None:
    """Set the value, or log a user in or out."""
    if "session" in data:
        session["value"] = data["session"]
    elif data["user"]:
        session["user"] = data["user"]
    else:
        session.pop("user", None)


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
