"""Starting a connection, and the event `ready`: a client has received everything it missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from me_api.errors import Gone
from me_api.eventlog import log
from me_api.extensions import settings
from me_api.rate_limits import rate_limiter
from me_api.realtime.connection import Connection
from me_api.storage.failures import is_storage_failure


def ready_body(connection: Connection) -> dict[str, Any]:
    """Return the body of `ready`, as `Ready` describes it."""
    posts = rate_limiter.rate("post")
    return {
        "nick": connection.nick,
        "user": connection.identity.user_info,
        "rev": log.delivered,
        "epoch": log.epoch,
        **connection.namespace.ready_fields(connection),
        "limits": {
            "message_length": settings.message_max_length,
            "posts_per_second": posts.per_second,
            "posts_burst": posts.burst,
            "recovery_hours": settings.recovery_hours,
            "recovery_limit": settings.recovery_limit,
        },
    }


def start_or_close(start: Callable[[Connection], None], connection: Connection) -> None:
    """Start or resume a connection, or close it: it would never receive anything again."""
    try:
        start(connection)
    except Exception as error:
        connection.peer.drop()
        # What was to be replayed may have been removed meanwhile: the client starts over.
        if not (is_storage_failure(error) or isinstance(error, Gone)):
            raise
