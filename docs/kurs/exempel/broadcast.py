"""Broadcast i vanlig Flask: varje meddelande skickas till alla andra.

Starta med `.venv/bin/python docs/kurs/exempel/broadcast.py`, avsluta med Ctrl-C.
"""

import os
from contextlib import suppress
from threading import Lock

from flask import Flask, request
from simple_websocket import ConnectionClosed, Server

app = Flask(__name__)
clients = []
# Varje klient har en egen tråd: utan lås kan två texter till samma klient blandas.
lock = Lock()


def send_to_others(sender, text):
    """Skicka en text till alla utom avsändaren, en klient i taget."""
    with lock:
        for client in list(clients):
            if client is sender:
                continue
            # Har klienten gått, märker dess egen tråd det, och tar bort den.
            with suppress(ConnectionClosed, OSError):
                # Här väntar tråden tills klientens nät har tagit emot texten.
                client.send(text)


@app.route("/ws/broadcast", websocket=True)
def broadcast():
    """Ta emot en klient, och skicka vidare det som den skriver."""
    client = Server.accept(request.environ, subprotocols=["broadcast-protocol"])
    clients.append(client)
    send_to_others(client, f"New client connected ({len(clients)}).")
    try:
        while True:
            send_to_others(client, client.receive())
    except (ConnectionClosed, OSError):
        clients.remove(client)
        send_to_others(client, f"Client disconnected ({len(clients)}).")
        return ""


@app.route("/")
def index():
    """Visa att servern är igång."""
    return "Broadcast finns på /ws/broadcast."


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "5000")), threaded=True)
