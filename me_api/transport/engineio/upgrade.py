"""The way from polling to WebSocket."""

from __future__ import annotations

from typing import Protocol

from eventlet import hubs

from me_api.transport.engineio.packets import NOOP, PING, PONG, UPGRADE
from me_api.transport.websocket.connection import WebSocketConnection
from me_api.transport.websocket.frames import TEXT, frame

PROBE_SECONDS = 10.0
"""How long a WebSocket may be on trial: meanwhile no poll waits."""


class Upgradable(Protocol):
    """The session that is to go on over WebSocket."""

    def send_text(self, text: str) -> None:
        """Send one packet."""

    def upgrade(self, link: WebSocketConnection) -> None:
        """Go on over WebSocket."""

    def cancel_upgrade(self) -> None:
        """Go on polling."""


class UpgradeProbe:
    """A WebSocket on trial: "2probe", "3probe", and with "5" the session goes on over it."""

    reading_paused = False

    def __init__(self, socket: Upgradable, link: WebSocketConnection) -> None:
        self._socket = socket
        self.websocket = link
        self.begun = False
        hubs.get_hub().schedule_call_global(PROBE_SECONDS, self._expire)
        link.start(self)

    def message_received(self, data: str | bytes) -> None:
        """Take a step."""
        if data == PING + "probe":
            self.begun = True
            self.websocket.write_buffer.write(frame(TEXT, (PONG + "probe").encode()))
            # Ends the poll that waits: the client sends "5" only after its answer.
            self._socket.send_text(NOOP)
        elif data == UPGRADE and self.begun:
            self._socket.upgrade(self.websocket)
        else:
            self.websocket.close()

    def connection_lost(self) -> None:
        """Hear that it came to nothing."""
        self._socket.cancel_upgrade()

    def _expire(self) -> None:
        if self.websocket.owner is self:
            self.websocket.close()
