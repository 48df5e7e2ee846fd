"""What the process of Schemathesis is given, which need not import the server for that.

The imports would take as long as a tenth of its requests.
"""

import json
import secrets
from pathlib import Path
from typing import Any

from me_api.auth import web_tokens
from me_api.auth.identity import digest
from me_api.auth.nicks import fold
from me_api.validation import NO_NUL
from me_api.validation.texts import TEXT, VISIBLE_TEXT
from tests.apidocs.fuzzed_site import GIVEN, PASSWORD, SiteUser
from tests.support.databases import execute
from tests.support.hashing import CHEAP
from tests.support.server import LiveServer

USERS = 500
INSERT = """
INSERT INTO users (email, email_folded, nick, nick_folded, password_hash, role, created, reset_hash,
    reset_expires)
VALUES (:email, :email, :nick, :folded, :password, :role, '2026-01-01T00:00:00.000Z', :reset,
    '9999-01-01T00:00:00.000Z')
RETURNING id
"""


def write(server: LiveServer) -> None:
    """Store users, and write in the server's folder who they are, and the patterns of texts."""
    secret = str(server.settings["jwt_secret"])
    hashed = CHEAP.hash(PASSWORD)
    with server.other_process() as connection:
        users = [store(connection, secret, number, hashed) for number in range(USERS)]
    patterns = {"no_nul": NO_NUL, "text": TEXT, "visible_text": VISIBLE_TEXT}
    given = {"url": server.url, "patterns": patterns, "users": users}
    Path(server.folder, GIVEN).write_text(json.dumps(given))


def store(connection: Any, secret: str, number: int, hashed: str) -> SiteUser:
    """Store a user; the first one is an owner."""
    nick, reset = f"fuzz{number}", secrets.token_urlsafe(8)
    email, role = f"{nick}@example.com", "member" if number else "owner"
    names = {"nick": nick, "folded": fold(nick), "email": email}
    values = {"role": role, "password": hashed, "reset": digest(reset)}
    user_id = execute(connection, INSERT, **names, **values)[0][0]
    token = web_tokens.issue(user_id, secret, 1)
    return SiteUser(user_id, nick, email, token, f"{user_id}.{reset}")
