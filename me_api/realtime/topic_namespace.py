"""A Socket.IO namespace in which every client receives all changes of one topic."""

from __future__ import annotations

from typing import Any

from me_api.auth import lookup
from me_api.realtime.namespace import Namespace


class TopicNamespace(Namespace):
    """A namespace where a client is subscribed to its topic by connecting."""

    topic: str

    def initial_topics(self, position: int) -> dict[str, int]:
        """Subscribe to the topic on connecting."""
        return {self.topic: position}

    def claim_nick(self, connection: Any, nick: str | None) -> None:
        """Claim the nick; raise `Forbidden` if it is reserved or another user's."""
        if nick is not None:
            lookup.check_available(nick, connection.identity.user)
        super().claim_nick(connection, nick)
