"""Accounts of users in a browser, with real passwords, since they log in on the page."""

import sqlite3
from contextlib import closing

from tests.support.server import LiveServer

PASSWORD = "correct horse"


def email(nick: str) -> str:
    return f"{nick}@example.com"


def make(server: LiveServer, nick: str, *, owner: bool = False) -> str:
    """Register an account and return its token; an owner gets the role in the database."""
    account = {"email": email(nick), "password": PASSWORD}
    assert server.post("/register", {**account, "nick": nick}).status == 201
    if owner:
        with closing(sqlite3.connect(server.database, timeout=30)) as database, database:
            database.execute("UPDATE users SET role = 'owner' WHERE nick = ?", (nick,))
    token: str = server.post("/login", account).json["data"]["token"]
    return token
