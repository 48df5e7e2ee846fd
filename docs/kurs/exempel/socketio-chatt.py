"""Kursens chatt i vanlig Flask-SocketIO: det en skriver skickas till alla.

Starta med `.venv/bin/python docs/kurs/exempel/socketio-chatt.py`, avsluta med Ctrl-C.
"""

import os
import time

from flask import Flask
from flask_socketio import SocketIO, emit

app = Flask(__name__)
# Sidan kommer från en annan adress (en annan port), så dess ursprung måste tillåtas.
socketio = SocketIO(app, cors_allowed_origins="*", async_mode="threading")
said = []


@socketio.on("chat message")
def receive(message):
    """Skicka ett meddelande till alla, också till avsändaren, och kom ihåg det."""
    message["time"] = time.strftime("%H:%M:%S")
    said.append(message)
    emit("chat message", message, broadcast=True)


@socketio.on("history")
def history():
    """Skicka det som har sagts till den som frågar."""
    emit("history", said[-50:])


@app.route("/")
def index():
    """Visa att servern är igång."""
    return f"{len(said)} meddelanden har skickats sedan starten."


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "5000"))
    socketio.run(app, port=port, allow_unsafe_werkzeug=True)
