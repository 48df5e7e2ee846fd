"""Me-sidans chatt i vanlig Flask: REST för att skriva, Server-Sent Events för att följa.

Starta med `.venv/bin/python docs/kurs/exempel/me-sidan.py`, avsluta med Ctrl-C.
"""

import json
import os
import queue

from flask import Flask, Response, request

app = Flask(__name__)
said = []
readers = []


@app.after_request
def allow_other_origins(response):
    """Låt en sida från en annan adress läsa svaren (CORS)."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@app.get("/chat/rooms/lobby/messages")
def history():
    """Svara med allt som har sagts sedan starten."""
    return {"data": said, "rev": len(said)}


@app.post("/chat/rooms/lobby/messages")
def post():
    """Kom ihåg ett meddelande, och lägg det i kön hos var och en som läser."""
    message = {"nick": request.form["nick"], "text": request.form["text"]}
    said.append(message)
    for reader in readers:
        reader.put(message)
    return {"data": message}, 201


@app.get("/chat/rooms/lobby/stream")
def stream():
    """Skicka varje nytt meddelande, så länge klienten är ansluten."""
    reader = queue.Queue()
    readers.append(reader)

    def events():
        try:
            yield ": välkommen\n\n"
            while True:
                yield f"data: {json.dumps(reader.get())}\n\n"
        finally:
            readers.remove(reader)

    return Response(events(), mimetype="text/event-stream")


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "5000")), threaded=True)
