"""Lagrets kundtjänst i vanlig Flask-SocketIO: ett rum, och vilka som är i det.

Starta med `.venv/bin/python docs/kurs/exempel/kundtjanst.py`, avsluta med Ctrl-C.
"""

import os

from flask import Flask, request
from flask_socketio import SocketIO, emit, join_room

app = Flask(__name__)
socketio = SocketIO(app, cors_allowed_origins="*", async_mode="threading")
nicks = {}
members = {}


@socketio.on("connect", namespace="/chat")
def connect(auth):
    """Kom ihåg vad klienten heter."""
    nicks[request.sid] = auth["nick"]


@socketio.on("join", namespace="/chat")
def join(body):
    """Gå in i rummet; svaret är vilka som är där."""
    join_room(body["room"])
    members[request.sid] = nicks[request.sid]
    emit("joined", {"nick": nicks[request.sid]}, to=body["room"], include_self=False)
    return {"data": {"messages": [], "members": [{"nick": nick} for nick in members.values()]}}


@socketio.on("post", namespace="/chat")
def post(body):
    """Skicka ett meddelande till alla i rummet."""
    emit("message", {"nick": nicks[request.sid], "text": body["text"]}, to=body["room"])
    return {"data": None}


@socketio.on("typing", namespace="/chat")
def typing(body):
    """Visa de andra att någon skriver."""
    emit("typing", {"nick": nicks[request.sid]}, to=body["room"], include_self=False)


@socketio.on("disconnect", namespace="/chat")
def disconnect():
    """Glöm klienten."""
    nick = nicks.pop(request.sid, None)
    if members.pop(request.sid, None):
        emit("left", {"nick": nick}, broadcast=True)


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "5000"))
    socketio.run(app, port=port, allow_unsafe_werkzeug=True)
