"""Who says something, as services see it, whatever the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from me_api.auth import lookup
from me_api.auth.identity import Identity
from me_api.auth.nicks import fold
from me_api.chat.presence.registry import PresenceRegistry, PresentConnection, presence
from me_api.errors import Forbidden, Invalid


class Author(Protocol):
    """Somebody who says something."""

    @property
    def identity(self) -> Identity:
        """Who it is."""

    def nick(self) -> tuple[str, bool]:
        """Give the nick to speak under, and whether it is a registered one, proven."""

    def rename(self, nick: str) -> str:
        """Go on under another nick; give it in its one spelling."""

    def presence(self) -> PresenceRegistry:
        """Give those who are here; raises where that is not known."""


@dataclass(frozen=True, slots=True)
class RequestAuthor:
    """Somebody without a connection: each call says who it is."""

    identity: Identity
    requested_nick: str | None

    def nick(self) -> tuple[str, bool]:
        """Give the nick of this call."""
        return resolve_nick(self.identity, self.requested_nick)

    def rename(self, nick: str) -> str:
        """Refuse: the next call may name any nick."""
        detail = "Nobody is connected here who could be renamed: send `nick` with each message."
        raise Invalid([("text", detail)], code="not_connected")

    def presence(self) -> PresenceRegistry:
        """Give those who are here."""
        return presence


class CommandLineAuthor(RequestAuthor):
    """Somebody in another process than the running server."""

    def presence(self) -> PresenceRegistry:
        """Refuse: of whom the server knows, this process sees nobody."""
        detail = "Only the running server knows who is there: say it over one of its doors."
        raise Invalid([("text", detail)], code="not_connected")


class Client(PresentConnection, Protocol):
    """A connection that can be renamed."""

    @property
    def identity(self) -> Identity:
        """Who it is."""

    def save_nick(self) -> None:
        """Have the session know the nick."""


@dataclass(frozen=True, slots=True)
class ConnectionAuthor:
    """Somebody with a connection, let in under a nick or without."""

    client: Client

    @property
    def identity(self) -> Identity:
        """Who it is."""
        return self.client.identity

    def nick(self) -> tuple[str, bool]:
        """Give the nick that the client was let in with, or has taken since."""
        if self.client.nick is None:
            raise Invalid([("nick", "Connect with a nick to write.")], code="nick_required")
        return self.client.nick, self.client.verified

    def rename(self, nick: str) -> str:
        """Take another nick; raises why not."""
        nick, verified = resolve_nick(self.identity, nick)
        presence.rename(self.client, nick, verified)
        self.client.save_nick()
        return nick

    def presence(self) -> PresenceRegistry:
        """Give those who are here."""
        return presence


def resolve_nick(identity: Identity, nick: str | None) -> tuple[str, bool]:
    """Give the nick one may speak under, and whether it is a registered one, proven.

    Raises `Invalid` without a nick, `Forbidden` for a registered user's, `Conflict` for one that
    another sender is here with.
    """
    own = identity.user.nick if identity.user else None
    if nick is None or (own and fold(nick) == fold(own)):
        if own is None:
            raise Invalid([("nick", "A nick is needed to write.")], code="nick_required")
        return own, True
    if lookup.by_nick(nick) is not None:
        raise Forbidden(
            f"{nick!r} is registered: log in to use it.", code="nick_reserved", source="nick"
        )
    presence.nicknames.check(nick, identity.sender)
    return nick, False
