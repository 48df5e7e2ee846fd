"""Native WebSockets to practise with: an echo, and a room that stores nothing."""

from __future__ import annotations

from flask import current_app

from me_api.realtime.websocket import Guest, broadcast, wire


class Echo(Guest):
    """Hears back what it says."""

    def take(self, message: str | bytes) -> None:
        """Give it back as it is."""
        self.socket.send(message)


class Member(Guest):
    """Hears what the others say."""

    limit = "post"

    def arrive(self) -> None:
        """Tell the others."""
        here = members()
        here.add(self)
        self._tell_others(f"New client connected ({len(here)}).")

    def take(self, message: str | bytes) -> None:
        """Give it to the others as it is."""
        self._tell_others(message)

    def leave(self) -> None:
        """Tell the others."""
        here = members()
        here.discard(self)
        self._tell_others(f"Client disconnected ({len(here)}).")

    def _tell_others(self, message: str | bytes) -> None:
        broadcast(wire(message), [member.socket for member in members() if member is not self])


def members() -> set[Member]:
    """Give who is in the room."""
    found: set[Member] = current_app.extensions.setdefault("practice", set())
    return found
