"""Commits in doubt: the connection was lost while one was running, and it may have been stored."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, NamedTuple

import psycopg
from orjson import loads
from psycopg import ClientCursor
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from me_api.errors import OutcomeUnknown, StorageUnavailable
from me_api.storage.loop_connection import detached
from me_api.storage.simple_query import run_within

SECONDS = 5.0
"""How long the database is asked whether a commit has taken place."""
PAUSE_SECONDS = 0.1
"""Seconds between two attempts."""

# A server that has lost its client runs on to its end, and holds the lock until then. What has been
# committed here but not on the synchronous standby may still be lost: the update is committed after
# it, and waits for the standby.
_FIND = """
BEGIN;
SELECT pg_advisory_xact_lock(1835360353, hashtext(%(node)s));
UPDATE commits SET time = time WHERE node = %(node)s AND token = %(token)s
    RETURNING before, head, last, me_api_text_1(time),
        (SELECT generation FROM log), (SELECT access FROM log);
COMMIT
"""


class FoundCommit(NamedTuple):
    """A commit that has been stored, as `me_api_commit_3` returns it."""

    state: str
    before: int
    head: int
    last: dict[str, Any]
    now: str
    generation: int
    access: int


def find(engine: Engine, node: str, token: str, sleep: Callable[[float], None]) -> FoundCommit:
    """Return the commit, waiting for its end.

    Raises `StorageUnavailable` if it did not take place, `OutcomeUnknown` if that cannot be found
    out in time.
    """
    ends = monotonic() + SECONDS
    while (left := ends - monotonic()) > 0:
        with suppress(DBAPIError, psycopg.Error):
            return _ask(engine, node, token, left)
        sleep(PAUSE_SECONDS)
    raise OutcomeUnknown(
        "The connection to the database was lost while this was being stored. It may be stored: "
        "send it again with its key."
    )


def _ask(engine: Engine, node: str, token: str, seconds: float) -> FoundCommit:
    connection: psycopg.Connection[Any] = detached(engine)
    try:
        statements = ClientCursor(connection).mogrify(_FIND, {"node": node, "token": token})
        found = run_within(connection, statements, seconds)[2]
    finally:
        connection.close()
    if found.ntuples == 0:
        raise StorageUnavailable("Nothing was stored: the connection to the database was lost.")
    before, head, last, now, *counters = (found.get_value(0, column) for column in range(6))
    return FoundCommit("ok", int(before), int(head), loads(last), now.decode(), *map(int, counters))
