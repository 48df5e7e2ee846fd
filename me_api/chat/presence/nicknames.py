"""Whose nick is whose among those who are connected to this node."""

from __future__ import annotations

from typing import Any

from me_api.auth.nicks import fold
from me_api.errors import Conflict


class NicknameRegistry:
    """The nicks in use, each with the connections of the one sender who uses it."""

    def __init__(self) -> None:
        self._users: dict[str, set[Any]] = {}

    def check(self, nick: str, sender: str | None) -> None:
        """Raise `Conflict` where another live sender uses the nick."""
        for visitor in self._users.get(fold(nick), ()):
            if visitor.sender != sender:
                detail = f"Somebody else is here as {nick!r}."
                raise Conflict(detail, code="nick_taken", source="nick")
            return

    def claim(self, nick: str, visitor: Any) -> None:
        """Note that a connection uses the nick; raises `Conflict` if another sender does."""
        self.check(nick, visitor.sender)
        self._users.setdefault(fold(nick), set()).add(visitor)

    def release(self, nick: str, visitor: Any) -> None:
        """Note that a connection does not use the nick any more."""
        key = fold(nick)
        self._users[key].remove(visitor)
        if not self._users[key]:
            del self._users[key]

    def connections(self, nick: str) -> list[Any]:
        """List the connections that use the nick."""
        return list(self._users.get(fold(nick), ()))
