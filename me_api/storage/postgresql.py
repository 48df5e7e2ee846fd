"""How connections to PostgreSQL are opened: what is given up, and after how many seconds."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import URL

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


def connect_args(url: URL, what: str, settings: dict[str, str]) -> dict[str, Any]:
    """Return the driver's arguments; what the URL says itself takes precedence.

    `what` the connection is for is shown in `pg_stat_activity`.
    """
    options = [f"-c {name}={value}" for name, value in settings.items()]
    given = url.query.get("options")
    # The last of two options of the same name is valid.
    options += [given] if isinstance(given, str) else []
    ours = {**CONNECT_ARGS, "application_name": f"me-api {what}"}
    return {
        **{name: value for name, value in ours.items() if name not in url.query},
        "options": " ".join(options),
    }
