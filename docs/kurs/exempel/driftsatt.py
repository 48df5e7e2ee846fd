"""Ett me-api med chatt i vanlig Flask: en server för allt, eller en för varje del.

PART=all, chat eller api väljer vad den visar. Starta till exempel två chattar:

    PART=chat PORT=5001 .venv/bin/python docs/kurs/exempel/driftsatt.py
    PART=chat PORT=5002 .venv/bin/python docs/kurs/exempel/driftsatt.py
"""

import os

from flask import Blueprint, Flask, request
from flask_cors import CORS

api = Blueprint("api", __name__)
chat = Blueprint("chat", __name__)
messages = []


@api.get("/reports")
def reports():
    """Lista rapporterna."""
    return {"data": [{"week": 1, "title": "Hej"}]}


@chat.get("/chat/rooms/lobby/messages")
def history():
    """Svara med det som har skrivits till den här processen."""
    return {"data": messages}


@chat.post("/chat/rooms/lobby/messages")
def post():
    """Kom ihåg ett meddelande."""
    messages.append({"nick": request.form["nick"], "text": request.form["text"]})
    return {"data": messages[-1]}, 201


def create_app(part):
    """Gör en server av de delar som den ska visa."""
    app = Flask(__name__)
    CORS(app)
    app.add_url_rule("/healthz", "health", lambda: {"data": {"status": "ok"}})
    for blueprint in (api, chat):
        if part in ("all", blueprint.name):
            app.register_blueprint(blueprint)
    return app


if __name__ == "__main__":
    server = create_app(os.environ.get("PART", "all"))
    server.run(port=int(os.environ.get("PORT", "5000")), threaded=True)
