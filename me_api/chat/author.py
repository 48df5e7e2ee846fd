"""The author of a message or command, as services see it, whatever the interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from me_api.auth import lookup
from me_api.auth.identity import Identity
from me_api.auth.nicks import fold
from me_api.chat.message_batch import NickCheck
from me_api.chat.presence.nicknames import taken
from me_api.chat.presence.participants import PresentConnection
from me_api.chat.presence.registry import PresenceRegistry, presence
from me_api.errors import Invalid


class Author(Protocol):
    """The caller of `service.post`, with the nick that is used."""

    @property
    def identity(self) -> Identity:
        """The user or guest who is the author."""

    def nick(self) -> tuple[str, bool]:
        """Return the nick, and whether it is the user's own; raises if there is none to use."""

    def nick_check(self, nick: str) -> NickCheck | None:
        """Return what has to be compared on other nodes before a message is stored, if anything."""

    def check_nick(self, nick: str) -> None:
        """Raise `Conflict` if another sender is connected with the nick on another node; waits."""

    def rename(self, nick: str) -> str:
        """Change the nick and return it as registered; raises `Invalid` if that is impossible."""

    def presence(self) -> PresenceRegistry:
        """Return the presence registry; raises `Invalid` outside of the server's process."""


@dataclass(frozen=True, slots=True)
class RequestAuthor:
    """The author of a REST request, which names the nick itself."""

    identity: Identity
    requested_nick: str | None

    def nick(self) -> tuple[str, bool]:
        """Return the nick of this request, checked by `resolve_nick`."""
        return resolve_nick(self.identity, self.requested_nick)

    def nick_check(self, nick: str) -> NickCheck | None:
        """Return the nick, for which no connection of another sender may be on another node."""
        return presence.shared.nick_check(fold(nick), self.identity.sender)

    def check_nick(self, nick: str) -> None:
        """Raise `Conflict` if another sender is connected with the nick on another node."""
        if presence.shared.is_taken(fold(nick), self.identity.sender):
            raise taken(nick)

    def rename(self, nick: str) -> str:
        """Raise `Invalid`: the next request may name any nick."""
        detail = "Nobody is connected here who could be renamed: send `nick` with each message."
        raise Invalid([("text", detail)], code="not_connected")

    def presence(self) -> PresenceRegistry:
        """Return the presence registry of this node."""
        return presence


class CommandLineAuthor(RequestAuthor):
    """The author of a message from the command line, in another process than the server."""

    def nick(self) -> tuple[str, bool]:
        """Return the nick, which may be a reserved one."""
        return resolve_nick(self.identity, self.requested_nick, may_be_reserved=True)

    def nick_check(self, nick: str) -> NickCheck | None:
        """Return None: an operator may use any nick."""
        return None

    def presence(self) -> PresenceRegistry:
        """Raise `Invalid`: presence is in the memory of the server's process."""
        detail = "Only the running server knows who is there: use REST or a socket."
        raise Invalid([("text", detail)], code="not_connected")


class Client(PresentConnection, Protocol):
    """A connection that can be renamed."""

    @property
    def identity(self) -> Identity:
        """The user or guest of the connection."""

    @property
    def closed(self) -> bool:
        """Whether the client has disconnected."""

    def save_nick(self, nick: str) -> None:
        """Save a new nick in the session; returns once it is on disk."""


@dataclass(frozen=True, slots=True)
class ConnectionAuthor:
    """The author behind a connection, which has a nick or may only read."""

    client: Client

    @property
    def identity(self) -> Identity:
        """The user or guest of the connection."""
        return self.client.identity

    def nick(self) -> tuple[str, bool]:
        """Return the current nick of the connection; raises `Invalid` if it has none."""
        if self.client.nick is None:
            detail = "A nick is needed to write: connect with one, or send /nick NAME."
            raise Invalid([("nick", detail)], code="nick_required")
        return self.client.nick, self.client.verified

    def nick_check(self, nick: str) -> NickCheck | None:
        """Return None: the connection holds its nick on all nodes."""
        return None

    def check_nick(self, nick: str) -> None:
        """Do nothing: the connection holds its nick on all nodes."""

    def rename(self, nick: str) -> str:
        """Change the nick of the connection and save it; raises what `resolve_nick` raises."""
        nick, verified = resolve_nick(self.identity, nick)
        # Claimed first, so that nobody else takes it while it is stored; stored before it is used.
        presence.nicknames.claim(nick, self.client)
        stored = False
        try:
            presence.nicknames.confirm(nick, self.client)
            self.client.save_nick(nick)
            stored = not self.client.closed
        finally:
            if not stored:
                presence.nicknames.release_unused(nick, self.client)
        if stored:
            presence.rename(self.client, nick, verified)
        return nick

    def presence(self) -> PresenceRegistry:
        """Return the presence registry of this node."""
        return presence


def resolve_nick(
    identity: Identity, nick: str | None, *, may_be_reserved: bool = False
) -> tuple[str, bool]:
    """Return the nick that a caller may use, and whether it is their own registered one.

    Raises `Invalid` without a nick, `Forbidden` for the nick of another registered user and, unless
    it `may_be_reserved`, for a reserved one, and `Conflict` for one that another sender is
    connected with.
    """
    own = identity.user.nick if identity.user else None
    if nick is None or (own and fold(nick) == fold(own)):
        if own is None:
            raise Invalid([("nick", "A nick is needed to write.")], code="nick_required")
        return own, True
    lookup.check_available(nick, may_be_reserved=may_be_reserved)
    presence.nicknames.check(nick, identity.sender)
    return nick, False
