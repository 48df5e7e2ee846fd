"""Två subprotokoll på en adress i vanlig Flask: ett eko, och en broadcast.

Starta med `.venv/bin/python docs/kurs/exempel/subprotokoll.py`, avsluta med Ctrl-C.
"""

import os
from contextlib import suppress

from flask import Flask, request
from simple_websocket import ConnectionClosed, Server

app = Flask(__name__)
members = []


def send_to_others(sender, text):
    """Skicka en text till alla andra som har valt broadcast-protocol."""
    for member in list(members):
        if member is sender:
            continue
        with suppress(ConnectionClosed, OSError):
            member.send(text)


def echo(client):
    """Svara med det som klienten skriver."""
    while True:
        client.send(client.receive())


def broadcast(client):
    """Skicka det som klienten skriver till alla andra."""
    members.append(client)
    send_to_others(client, f"New client connected ({len(members)}).")
    try:
        while True:
            send_to_others(client, client.receive())
    finally:
        members.remove(client)
        send_to_others(client, f"Client disconnected ({len(members)}).")


PROTOCOLS = {"echo-protocol": echo, "broadcast-protocol": broadcast}


@app.route("/ws", websocket=True)
# Samma handskakning på broadcastens adress, så att langsam.py kan ansluta.
@app.route("/ws/broadcast", websocket=True)
def choose():
    """Ta emot en klient med det subprotokoll som båda kan, annars med ekot."""
    client = Server.accept(request.environ, subprotocols=list(PROTOCOLS))
    try:
        PROTOCOLS.get(client.subprotocol, echo)(client)
    except (ConnectionClosed, OSError):
        return ""


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "5000")), threaded=True)
