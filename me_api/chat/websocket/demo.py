"""Demo WebSockets to practise with: an echo, and a broadcast that stores nothing."""

from __future__ import annotations

from flask import current_app

from me_api.realtime.websocket import WebSocketHandler, broadcast, prepare_message


class Echo(WebSocketHandler):
    """Sends every message back to its client."""

    pace = "echo"

    def on_message(self, message: str | bytes) -> None:
        """Send the message back unchanged, binary as binary."""
        self.socket.send(message)


class BroadcastMember(WebSocketHandler):
    """Sends every message to all other clients."""

    limit = "post"

    def on_open(self) -> None:
        """Notify the others of a new client."""
        members = broadcast_members()
        members.add(self)
        self._send_to_others(f"New client connected ({len(members)}).")

    def on_message(self, message: str | bytes) -> None:
        """Send the message to the others unchanged, binary as binary."""
        self._send_to_others(message)

    def on_close(self) -> None:
        """Notify the others of a client less."""
        members = broadcast_members()
        members.discard(self)
        self._send_to_others(f"Client disconnected ({len(members)}).")

    def _send_to_others(self, message: str | bytes) -> None:
        others = [member.socket for member in broadcast_members() if member is not self]
        broadcast(prepare_message(message), others)


def broadcast_members() -> set[BroadcastMember]:
    """Return the connected clients of the broadcast, a set to be changed in place."""
    members: set[BroadcastMember] = current_app.extensions.setdefault("broadcast_members", set())
    return members
