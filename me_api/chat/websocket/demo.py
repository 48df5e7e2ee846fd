"""Demo WebSockets to practise with: an echo, and a broadcast that stores nothing."""

from __future__ import annotations

from typing import Any

from flask import current_app

from me_api.auth.bans import Ban
from me_api.auth.identity import Identity
from me_api.chat.websocket.codecs import BANNED
from me_api.realtime.holders import holders
from me_api.realtime.websocket import (
    POLICY_VIOLATION,
    WebSocket,
    WebSocketHandler,
    broadcast,
    prepare_message,
)


class Echo(WebSocketHandler):
    """Sends every message back to its client."""

    pace = "echo"

    def on_message(self, message: str | bytes) -> None:
        """Send the message back unchanged, binary as binary."""
        self.socket.send(message)


class BroadcastMember(WebSocketHandler):
    """Sends every message to all other clients."""

    limit = "post"

    def __init__(self, socket: WebSocket) -> None:
        super().__init__(socket)
        # Nobody is known here by more than the address.
        self.identity = Identity(address=socket.address)

    def on_open(self) -> None:
        """Notify the others of a new client; raise `Banned` for one of a banned address."""
        holders.add(self)
        members = broadcast_members()
        members.add(self)
        self._send_to_others(f"New client connected ({len(members)}).")

    def on_message(self, message: str | bytes) -> None:
        """Send the message to the others unchanged, binary as binary."""
        self._send_to_others(message)

    def on_close(self) -> None:
        """Notify the others of a client less."""
        holders.remove(self)
        members = broadcast_members()
        if self in members:
            members.discard(self)
            self._send_to_others(f"Client disconnected ({len(members)}).")

    def follows(self, topic: str) -> bool:
        """Return False: nothing of the log is sent here."""
        return False

    def notify(self, event: str, body: dict[str, Any]) -> None:
        """Do nothing: only what clients send is sent here."""

    def revoke(self, topic: str) -> None:
        """Do nothing: there are no topics here."""

    def banned(self, ban: Ban, topic: str | None) -> None:
        """Send the client why, and close its connection, if the ban is of the site."""
        if topic is None:
            self.socket.send(f"Error: {ban.text}")
            self.socket.close(POLICY_VIOLATION, BANNED)

    def _send_to_others(self, message: str | bytes) -> None:
        others = [member.socket for member in broadcast_members() if member is not self]
        broadcast(prepare_message(message), others)


def broadcast_members() -> set[BroadcastMember]:
    """Return the connected clients of the broadcast, a set to be changed in place."""
    members: set[BroadcastMember] = current_app.extensions.setdefault("broadcast_members", set())
    return members
