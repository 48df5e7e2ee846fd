"""Ett eko i vanlig Flask: varje meddelande skickas tillbaka till den som skrev det.

Starta med `.venv/bin/python docs/kurs/exempel/eko.py`, avsluta med Ctrl-C.
"""

import os

from flask import Flask, request
from simple_websocket import ConnectionClosed, Server

app = Flask(__name__)


@app.route("/ws/echo", websocket=True)
def echo():
    """Ta emot en WebSocket och svara på den så länge den är öppen."""
    socket = Server.accept(request.environ, subprotocols=["echo-protocol"])
    try:
        while True:
            socket.send(socket.receive())
    except (ConnectionClosed, OSError):
        # Klienten har gått, eller nätet. OSError kommer om det händer mitt i ett svar.
        return ""


@app.route("/")
def index():
    """Visa att servern är igång."""
    return "Ekot finns på /ws/echo."


if __name__ == "__main__":
    # En tråd för varje klient: den väntar i receive() tills klienten skriver något.
    app.run(port=int(os.environ.get("PORT", "5000")), threaded=True)
