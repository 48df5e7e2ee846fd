"""The upgrade from polling to WebSocket: "2probe", "3probe", then "5"."""

from __future__ import annotations

from typing import Protocol

from eventlet import hubs

from me_api.transport.engineio.packets import PING, PONG, UPGRADE
from me_api.transport.websocket.connection import WebSocketConnection
from me_api.transport.websocket.frames import TEXT, frame

PROBE_SECONDS = 10.0
"""How long a probe may last. Meanwhile polls return at once, so it must not last for ever."""


class Upgradable(Protocol):
    """The session that is being upgraded."""

    def release_poll(self) -> None:
        """End the poll that waits, if any."""

    def upgrade(self, websocket: WebSocketConnection) -> None:
        """Replace polling by a WebSocket."""

    def cancel_upgrade(self) -> None:
        """Continue polling, as before the probe."""


class UpgradeProbe:
    """The owner of a WebSocket until its session is upgraded."""

    reading_paused = False

    def __init__(self, session: Upgradable, websocket: WebSocketConnection) -> None:
        self._session = session
        self.websocket = websocket
        self.begun = False
        hubs.get_hub().schedule_call_global(PROBE_SECONDS, self._expire)
        websocket.start(self)

    def message_received(self, data: str | bytes) -> None:
        """Process a packet of the upgrade; close the WebSocket on any other."""
        if data == PING + "probe":
            self.begun = True
            self.websocket.write_buffer.write(frame(TEXT, (PONG + "probe").encode()))
            # The client sends "5" only after the response to its poll.
            self._session.release_poll()
        elif data == UPGRADE and self.begun:
            self._session.upgrade(self.websocket)
        else:
            self.websocket.close()

    def connection_lost(self) -> None:
        self._session.cancel_upgrade()

    def _expire(self) -> None:
        if self.websocket.owner is self:
            self.websocket.close()
