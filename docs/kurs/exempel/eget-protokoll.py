"""En chatt med ett eget protokoll av JSON, i vanlig Flask.

Klienten skickar {"text": …}. En text som börjar med /nick byter namn. Servern skickar
{"nick", "text"} till alla, och {"event": "joined"} eller {"event": "left"} om vem som kom och gick.
Starta med `.venv/bin/python docs/kurs/exempel/eget-protokoll.py`, avsluta med Ctrl-C.
"""

import json
import os
from contextlib import suppress

from flask import Flask, request
from simple_websocket import ConnectionClosed, Server

app = Flask(__name__)
nicks = {}


def send_to_all(**message):
    """Skicka ett meddelande till alla, också till avsändaren."""
    text = json.dumps(message)
    for client in list(nicks):
        with suppress(ConnectionClosed, OSError):
            client.send(text)


def receive(client, text):
    """Läs ett meddelande enligt protokollet; svara med ett fel om det inte går."""
    try:
        said = json.loads(text)["text"].strip()
    except (ValueError, KeyError, TypeError, AttributeError):
        client.send(json.dumps({"errors": [{"detail": 'Skicka {"text": "…"}.'}]}))
        return
    if said.startswith("/nick "):
        nicks[client] = said.removeprefix("/nick ")
        send_to_all(event="joined", nick=nicks[client])
    elif said:
        send_to_all(nick=nicks[client], text=said)


@app.route("/ws/chat", websocket=True)
def chat():
    """Ta emot en klient med subprotokollet json."""
    client = Server.accept(request.environ, subprotocols=["json"])
    nicks[client] = "gäst"
    try:
        while True:
            receive(client, client.receive())
    except (ConnectionClosed, OSError):
        send_to_all(event="left", nick=nicks.pop(client))
        return ""


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "5000")), threaded=True)
