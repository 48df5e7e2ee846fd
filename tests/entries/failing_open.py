"""Runs the server with a database that fails between the handshake of `/ws/chat` and its opening.

As long as the file `fail` exists in the server's folder.
"""

import os
import sqlite3
from pathlib import Path

from sqlalchemy.exc import OperationalError

import app
from me_api.chat.websocket.codecs import WebSocketCodec

FAIL = Path(os.environ["TESTS_FOLDER"]) / "fail"
claim_nick = WebSocketCodec.claim_nick


def claim(self, connection, nick):
    """Claim the nick, or fail as a read does on a broken disk."""
    if FAIL.exists():
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("disk I/O error"))
    claim_nick(self, connection, nick)


WebSocketCodec.claim_nick = claim
app.main()
