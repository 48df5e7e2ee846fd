"""Runs the server with stock handlers beside the features, in their namespaces and in another."""

from typing import Any

from flask import request
from flask_socketio import ConnectionRefusedError, disconnect, emit, join_room

import app
from me_api.extensions import socketio

log: list[Any] = []


@socketio.on("connect", namespace="/chat")
def connect(auth: Any) -> None:
    """Refuse some, whom the feature has accepted."""
    if (auth or {}).get("nick") == "unwanted":
        raise ConnectionRefusedError("unwanted")
    log.append(["connect", request.sid])  # type: ignore[attr-defined]


@socketio.on("disconnect", namespace="/chat")
def disconnected(reason: str) -> None:
    """Note the client and the reason."""
    log.append(["disconnect", request.sid, reason])  # type: ignore[attr-defined]


@socketio.on("move", namespace="/chat")
def move(data: Any) -> Any:
    """Send to all in a room of its own, and acknowledge."""
    join_room("board")
    emit("moved", data, to="board")
    return data


@socketio.on("log", namespace="/chat")
def read_log() -> list[Any]:
    """Return what the other handlers have noted."""
    return log


@socketio.on("go", namespace="/chat")
def go() -> None:
    """Disconnect the client from the feature's namespace."""
    disconnect()


@socketio.on("move", namespace="/board")
def move_elsewhere(data: Any) -> Any:
    """Send to a feature's namespace, too."""
    emit("moved", data, broadcast=True)
    socketio.emit("moved elsewhere", data, namespace="/chat")
    return data


app.main()
