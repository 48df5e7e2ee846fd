"""En chatt och rapporter på en anslutning, i vanlig Flask-SocketIO: två namnrymder.

Spara en rapport: curl http://127.0.0.1:5000/reports -d week=1 -d title=Hej
Starta med `.venv/bin/python docs/kurs/exempel/tva-delar.py`, avsluta med Ctrl-C.
"""

import os

from flask import Flask, request
from flask_socketio import SocketIO, emit

app = Flask(__name__)
socketio = SocketIO(app, cors_allowed_origins="*", async_mode="threading")
nicks = {}
numbers = {"message": 0, "report": 0}


@socketio.on("connect", namespace="/chat")
def connect(auth):
    """Kom ihåg vad klienten heter."""
    nicks[request.sid] = auth["nick"]


@socketio.on("join", namespace="/chat")
def join(body):
    """Svara att det inte finns någon historik."""
    return {"data": {"messages": []}}


@socketio.on("post", namespace="/chat")
def post(body):
    """Skicka ett meddelande till alla som är anslutna till /chat."""
    numbers["message"] += 1
    number = numbers["message"]
    message = {"id": number, "rev": number, "nick": nicks[request.sid], "text": body["text"]}
    emit("message", message, broadcast=True)
    return {"data": message}


@socketio.on("changes", namespace="/reports")
def changes(body):
    """Svara att inget har ändrats."""
    return {"data": []}


@app.post("/reports")
def save():
    """Skicka en rapport till alla som är anslutna till /reports."""
    numbers["report"] += 1
    report = {**request.form, "rev": numbers["report"]}
    socketio.emit("report", report, namespace="/reports")
    return {"data": report}, 201


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "5000"))
    socketio.run(app, port=port, allow_unsafe_werkzeug=True)
