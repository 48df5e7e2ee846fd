"""En chatt som sparar det som sägs i SQLite, i vanlig Flask-SocketIO.

Den skickar först och sparar sedan, så som de flesta skriver den första gången.
Starta med `.venv/bin/python docs/kurs/exempel/historik.py`, avsluta med Ctrl-C.
"""

import os
import sqlite3

from flask import Flask, request
from flask_socketio import SocketIO, emit

PATH = os.environ.get("DATABASE", "historik.sqlite")
COLUMNS = "rowid AS id, rowid AS rev, nick, text"

app = Flask(__name__)
socketio = SocketIO(app, cors_allowed_origins="*", async_mode="threading")
nicks = {}


def run(statement, *values):
    """Kör en sats, och returnera raderna som dictar."""
    with sqlite3.connect(PATH, timeout=30) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(statement, values)]


@socketio.on("connect", namespace="/chat")
def connect(auth):
    """Kom ihåg vad klienten heter."""
    nicks[request.sid] = auth["nick"]


@socketio.on("join", namespace="/chat")
def join(body):
    """Svara med de senaste 50 meddelandena."""
    newest = run(f"SELECT {COLUMNS} FROM said ORDER BY rowid DESC LIMIT 50")[::-1]
    return {"data": {"messages": newest, "rev": len(newest), "recovered": False, "more": False}}


@socketio.on("history", namespace="/chat")
def history(body):
    """Svara med äldre meddelanden."""
    where = "WHERE rowid < ? ORDER BY rowid DESC LIMIT 20"
    return {"data": run(f"SELECT {COLUMNS} FROM said {where}", body["before"])[::-1]}


@socketio.on("post", namespace="/chat")
def post(body):
    """Skicka ett meddelande till alla, och spara det."""
    message = {"nick": nicks[request.sid], "text": body["text"]}
    number = run("SELECT coalesce(max(rowid), 0) + 1 AS next FROM said")[0]["next"]
    emit("message", {"id": number, "rev": number, **message}, broadcast=True)
    run("INSERT INTO said (nick, text) VALUES (?, ?)", *message.values())
    return {"data": None}


if __name__ == "__main__":
    run("CREATE TABLE IF NOT EXISTS said (nick TEXT, text TEXT)")
    socketio.run(app, port=int(os.environ.get("PORT", "5000")), allow_unsafe_werkzeug=True)
