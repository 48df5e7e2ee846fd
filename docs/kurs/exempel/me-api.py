"""Ett me-api i vanlig Flask: konton, inloggning med JWT, och rapporter, allt i minnet.

Starta med `.venv/bin/python docs/kurs/exempel/me-api.py`, avsluta med Ctrl-C.
"""

import os
import time

import jwt
from flask import Flask, request
from flask_cors import CORS
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
CORS(app)
SECRET = os.urandom(32)
users = {}
reports = {}


@app.post("/register")
def register():
    """Skapa ett konto. Lösenordet sparas inte, bara dess hash."""
    email = request.json["email"]
    if email in users:
        return {"errors": [{"detail": "E-posten är redan registrerad."}]}, 409
    users[email] = generate_password_hash(request.json["password"])
    return {"data": {"email": email}}, 201


@app.post("/login")
def login():
    """Byt e-post och lösenord mot en token, som gäller en timme."""
    email = request.json["email"]
    if email not in users or not check_password_hash(users[email], request.json["password"]):
        return {"errors": [{"detail": "Fel e-post eller lösenord."}]}, 401
    token = jwt.encode({"sub": email, "exp": time.time() + 3600}, SECRET, algorithm="HS256")
    return {"data": {"token": token, "user": {"nick": email.partition("@")[0]}}}


@app.get("/reports")
def list_reports():
    """Lista alla rapporter."""
    return {"data": [reports[week] for week in sorted(reports)]}


@app.post("/reports")
def save_report():
    """Spara en veckas rapport, om token är giltig."""
    try:
        claims = jwt.decode(request.headers.get("x-access-token", ""), SECRET, ["HS256"])
    except jwt.InvalidTokenError:
        return {"errors": [{"detail": "Logga in först."}]}, 401
    report = {**request.json, "author": claims["sub"].partition("@")[0]}
    reports[report["week"]] = report
    return {"data": report}, 201


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "5000")), threaded=True)
