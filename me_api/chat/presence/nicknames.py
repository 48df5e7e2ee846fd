"""The nicks in use on this node, and the connections that use them."""

from __future__ import annotations

from typing import Any

from me_api.auth.nicks import fold
from me_api.errors import Conflict


class NicknameRegistry:
    """The nicks in use; all connections of a nick belong to the same sender."""

    def __init__(self) -> None:
        self._connections: dict[str, set[Any]] = {}

    def check(self, nick: str, sender: str | None) -> None:
        """Raise `Conflict` if another connected sender uses the nick."""
        # Any one of the connections will do, as they have one sender.
        for connection in self._connections.get(fold(nick), ()):
            if connection.sender != sender:
                detail = f"Somebody else is here as {nick!r}."
                raise Conflict(detail, code="nick_taken", source="nick")
            return

    def claim(self, nick: str, connection: Any) -> None:
        """Register a nick for a connection; raises `Conflict` if another sender uses it."""
        self.check(nick, connection.sender)
        self._connections.setdefault(fold(nick), set()).add(connection)

    def release(self, nick: str, connection: Any) -> None:
        """Unregister a nick that the connection has claimed."""
        key = fold(nick)
        self._connections[key].remove(connection)
        if not self._connections[key]:
            del self._connections[key]

    def release_unused(self, nick: str, connection: Any) -> None:
        """Unregister a nick that was claimed for the connection but has not become its own."""
        own = connection.nick is not None and fold(connection.nick) == fold(nick)
        if not own and connection in self._connections.get(fold(nick), ()):
            self.release(nick, connection)

    def connections(self, nick: str) -> list[Any]:
        """Return the connections that use the nick."""
        return list(self._connections.get(fold(nick), ()))
