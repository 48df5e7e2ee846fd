"""How connections to PostgreSQL are opened: what is given up, and after how many seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.engine import URL

T = TypeVar("T")
CONNECT_ARGS = {
    "connect_timeout": 3,
    # A server that has vanished is noticed after five seconds, also while nothing is sent.
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 3000,
}
READ_ONLY = {"default_transaction_read_only": "on"}
SHORT_READS = READ_ONLY | {"statement_timeout": "2s"}
WRITES = {"lock_timeout": "5s"}

# Longer than the server's own timeouts, which tell it and its answer from one that is frozen.
READ_SECONDS = 3.0
WRITE_SECONDS = 12.0
BACKGROUND_SECONDS = 60.0


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed if the server has not answered a statement after some seconds."""

    # PostgreSQL's own timeouts end statements of a server that works, and TCP's those of a machine
    # that has vanished. If its process is stopped, or waits for a disk that does not answer, the
    # system still acknowledges what it receives.
    seconds: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Run a generator of psycopg; raise `OperationalError` if that takes too long."""
        try:
            return super().wait(gen, interval, self.seconds if timeout is None else timeout)
        except psycopg.OperationalError as error:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE or timeout is not None:
                raise
            self.close()
            problem = f"the database has not answered for {self.seconds} seconds"
            raise psycopg.OperationalError(problem) from error


def connector(
    url: URL, what: str, settings: dict[str, str], seconds: float | None, **options: Any
) -> Callable[[], BoundedConnection]:
    """Return a function that opens a connection, which waits so long for each statement.

    `what` the connection is for is shown in `pg_stat_activity`. What the URL says itself takes
    precedence.
    """
    positional, named = url.get_dialect()().create_connect_args(url)
    given = {**named, **connect_args(url, what, settings), **options}

    def connect() -> BoundedConnection:
        made = BoundedConnection.connect(*positional, **given)
        made.seconds = seconds
        return made

    return connect


def connect_args(url: URL, what: str, settings: dict[str, str]) -> dict[str, Any]:
    """Return the driver's arguments beside those of the URL."""
    options = [f"-c {name}={value}" for name, value in settings.items()]
    given = url.query.get("options")
    # The last of two options of the same name is valid.
    options += [given] if isinstance(given, str) else []
    ours = {**CONNECT_ARGS, "application_name": f"me-api {what}"}
    return {
        **{name: value for name, value in ours.items() if name not in url.query},
        "options": " ".join(options),
    }
