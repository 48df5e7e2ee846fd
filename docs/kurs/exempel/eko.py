"""Ett eko i vanlig Flask: varje meddelande skickas tillbaka till den som skrev det.

Det som händer skrivs ut: vem som ansluter, och med vilken kod anslutningen stängdes.
Starta med `.venv/bin/python docs/kurs/exempel/eko.py`, avsluta med Ctrl-C.
"""

import itertools
import os

from flask import Flask, request
from simple_websocket import ConnectionClosed, Server

app = Flask(__name__)
numbers = itertools.count(1)


@app.route("/ws/echo", websocket=True)
def echo():
    """Ta emot en WebSocket och svara på den så länge den är öppen."""
    number = next(numbers)
    socket = Server.accept(request.environ, subprotocols=["echo-protocol"])
    print(f"Klient {number} har anslutit.")
    try:
        while True:
            socket.send(socket.receive())
    except ConnectionClosed as closed:
        # 1000 och 1001 är klientens hej då; 1006 betyder att ingen sa något.
        print(f"Klient {number} har gått (kod {closed.reason}).")
    except OSError as error:
        # Nätet försvann mitt i ett svar.
        print(f"Klient {number} är borta: {error}.")
    return ""


@app.route("/")
def index():
    """Visa att servern är igång."""
    return "Ekot finns på /ws/echo."


if __name__ == "__main__":
    # En tråd för varje klient: den väntar i receive() tills klienten skriver något.
    app.run(port=int(os.environ.get("PORT", "5000")), threaded=True)
