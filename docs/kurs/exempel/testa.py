"""En chatt i vanlig Flask-SocketIO, med tester.

Servern: `.venv/bin/python docs/kurs/exempel/testa.py`, avsluta med Ctrl-C.
Testerna: `.venv/bin/python docs/kurs/exempel/testa.py test`, eller med pytest, om du har det.
"""

import os
import sys

from flask import Flask, request
from flask_socketio import SocketIO, emit

app = Flask(__name__)
socketio = SocketIO(app, cors_allowed_origins="*", async_mode="threading")
nicks = {}


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
    """Skicka ett meddelande till alla."""
    message = {"nick": nicks[request.sid], "text": body["text"]}
    emit("message", message, broadcast=True)
    return {"data": message}


def test_what_one_writes_the_other_receives():
    """Testklienten är i samma process: inget nät, ingen port och ingen väntan."""
    anna = socketio.test_client(app, "/chat", auth={"nick": "anna"})
    bo = socketio.test_client(app, "/chat", auth={"nick": "bo"})
    body = {"room": "lobby", "text": "hej"}
    answer = anna.emit("post", body, namespace="/chat", callback=True)
    assert answer["data"] == {"nick": "anna", "text": "hej"}
    (event,) = bo.get_received("/chat")
    assert (event["name"], event["args"]["text"]) == ("message", "hej")


if __name__ == "__main__":
    if "test" in sys.argv:
        test_what_one_writes_the_other_receives()
        print("Alla tester gick bra.")
    else:
        port = int(os.environ.get("PORT", "5000"))
        socketio.run(app, port=port, allow_unsafe_werkzeug=True)
