"""The nicks in use on this node, and the connections that use them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from me_api.auth.nicks import fold
from me_api.chat.presence.shared import SharedPresence
from me_api.errors import Conflict


class NicknameRegistry:
    """The nicks in use; all connections of a nick belong to the same sender.

    `shared` receives the nicks that are in use here.
    """

    def __init__(self, shared: SharedPresence) -> None:
        self._shared = shared
        self._connections: dict[str, set[Any]] = {}

    def check(self, nick: str, sender: str | None) -> None:
        """Raise `Conflict` if another connected sender uses the nick on this node."""
        # Any one of the connections will do, as they have one sender.
        for connection in self._connections.get(fold(nick), ()):
            if connection.sender != sender:
                raise taken(nick)
            return

    def claim(self, nick: str, connection: Any) -> None:
        """Register a nick for a connection; raises `Conflict` if another sender uses it."""
        self.check(nick, connection.sender)
        key = fold(nick)
        if key not in self._connections:
            self._shared.set("", key, (nick, False, True))
        self._connections.setdefault(key, set()).add(connection)

    def confirm(self, nick: str, connection: Any) -> None:
        """Claim a registered nick on all nodes; returns once no other one can claim it.

        Raises `Conflict` if another sender holds it there, or `StorageUnavailable`.
        """
        if not self._shared.claim(fold(nick), connection.sender):
            raise taken(nick)

    def release(self, nick: str, connection: Any) -> None:
        """Unregister a nick that the connection has claimed; does nothing if it is not registered.

        A client may be lost while its nick is confirmed, which releases it once more.
        """
        key = fold(nick)
        if connection not in self._connections.get(key, ()):
            return
        self._connections[key].remove(connection)
        if not self._connections[key]:
            del self._connections[key]
            self._shared.set("", key, None)
            self._shared.release(key)

    def release_unused(self, nick: str, connection: Any) -> None:
        """Unregister a nick that was claimed for the connection but has not become its own."""
        own = connection.nick is not None and fold(connection.nick) == fold(nick)
        if not own and connection in self._connections.get(fold(nick), ()):
            self.release(nick, connection)

    def connections(self, nick: str) -> list[Any]:
        """Return the connections that use the nick on this node."""
        return list(self._connections.get(fold(nick), ()))

    def senders(self, nick: str) -> list[str]:
        """Return the sender that uses a folded nick on this node, if there is one."""
        return [connection.sender for connection in self._connections.get(nick, ())][:1]

    def in_use(self) -> Collection[str]:
        """Return the folded nicks that are in use on this node."""
        return list(self._connections)


def taken(nick: str) -> Conflict:
    """Return the error for a nick that another sender uses."""
    return Conflict(f"Somebody else is here as {nick!r}.", code="nick_taken", source="nick")
