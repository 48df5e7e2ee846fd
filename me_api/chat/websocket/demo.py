"""Native WebSockets to practise with: an echo, and a room that stores nothing."""

from __future__ import annotations

from flask import current_app

from me_api.realtime.websocket import WebSocketHandler, broadcast, prepare_message


class Echo(WebSocketHandler):
    """Hears back what it says."""

    def on_message(self, message: str | bytes) -> None:
        """Give it back as it is."""
        self.socket.send(message)


class BroadcastMember(WebSocketHandler):
    """Hears what the others say."""

    limit = "post"

    def on_open(self) -> None:
        """Tell the others."""
        here = members()
        here.add(self)
        self._send_to_others(f"New client connected ({len(here)}).")

    def on_message(self, message: str | bytes) -> None:
        """Give it to the others as it is."""
        self._send_to_others(message)

    def on_close(self) -> None:
        """Tell the others."""
        here = members()
        here.discard(self)
        self._send_to_others(f"Client disconnected ({len(here)}).")

    def _send_to_others(self, message: str | bytes) -> None:
        broadcast(
            prepare_message(message), [member.socket for member in members() if member is not self]
        )


def members() -> set[BroadcastMember]:
    """Give who is in the room."""
    found: set[BroadcastMember] = current_app.extensions.setdefault("practice", set())
    return found
