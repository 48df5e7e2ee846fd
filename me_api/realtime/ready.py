"""The event `ready`: a client has received everything it missed."""

from __future__ import annotations

from typing import Any

from me_api.eventlog import log
from me_api.extensions import settings
from me_api.rate_limits import rate_limiter
from me_api.realtime.connection import Connection


def ready_body(connection: Connection) -> dict[str, Any]:
    """Return the body of `ready`, as `Ready` describes it."""
    user, posts = connection.identity.user, rate_limiter.rate("post")
    return {
        "nick": connection.nick,
        "user": user.info if user else None,
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
