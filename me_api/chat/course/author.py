"""The author of what a client of the course sends: it may name any nick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from me_api.auth import lookup, nicks
from me_api.chat import payloads
from me_api.chat.author import ConnectionAuthor
from me_api.chat.course.connection import CourseConnection
from me_api.chat.presence.registry import presence
from me_api.errors import ApiError

NAMELESS = "guest"
"""The nick of messages that have none."""


def nick_in(payload: object) -> str | None:
    """Return the nick that a payload names, made valid; None if there is none."""
    nick = payloads.nick_of(payload)
    return None if nick is None else nicks.clean(nick)


@dataclass(frozen=True, slots=True)
class CourseAuthor(ConnectionAuthor):
    """The author of a payload: it may name any nick, and only a token verifies one."""

    payload: Any

    def nick(self) -> tuple[str, bool]:
        """Return the nick of the payload, else of the connection; raise `Forbidden` if reserved."""
        client, user = self.client, self.identity.user
        assert isinstance(client, CourseConnection)
        payload_nick = nick_in(self.payload)
        # A nick that was set by the command /nick is checked and reserved already.
        if payload_nick is None and client.nick is not None and client.holds_nick:
            return client.nick, client.verified
        own = user.nick if user else None
        nick = payload_nick or client.claimed_nick or own or NAMELESS
        if own is not None and nicks.fold(nick) == nicks.fold(own):
            return own, True
        lookup.check_not_reserved(nick)
        return nick, False

    def rename(self, nick: str) -> str:
        """Change the nick of the connection, which claims it; raises what `resolve_nick` raises."""
        client = self.client
        assert isinstance(client, CourseConnection)
        named, verified, shared = client.nick, client.verified, client.shared_sender
        client.leave()
        try:
            nick = ConnectionAuthor.rename(self, nick)
        except ApiError:
            if not (client.holds_nick or client.closed):
                client.show(named, verified, shared)
            raise
        if not client.closed:
            client.holds_nick = True
            presence.add(client.room, client)
        return nick
