"""The way from polling to WebSocket."""

from __future__ import annotations

from typing import Protocol

from eventlet import hubs

from me_api.transport.engineio.packets import NOOP, PING, PONG, UPGRADE
from me_api.transport.websocket.connection import Link
from me_api.transport.websocket.frames import TEXT, frame

PROBE_SECONDS = 10.0
"""How long a WebSocket may be on trial: meanwhile no poll waits."""


class Probed(Protocol):
    """The session that is to go on over WebSocket."""

    def send_text(self, text: str) -> None:
        """Send one packet."""

    def upgrade(self, link: Link) -> None:
        """Go on over WebSocket."""

    def give_up_probe(self) -> None:
        """Go on polling."""


class Probe:
    """A WebSocket on trial: "2probe", "3probe", and with "5" the session goes on over it."""

    busy = False

    def __init__(self, socket: Probed, link: Link) -> None:
        self._socket = socket
        self.link = link
        self.begun = False
        hubs.get_hub().schedule_call_global(PROBE_SECONDS, self._expire)
        link.start(self)

    def receive(self, data: str | bytes) -> None:
        """Take a step."""
        if data == PING + "probe":
            self.begun = True
            self.link.outbox.write(frame(TEXT, (PONG + "probe").encode()))
            # Ends the poll that waits: the client sends "5" only after its answer.
            self._socket.send_text(NOOP)
        elif data == UPGRADE and self.begun:
            self._socket.upgrade(self.link)
        else:
            self.link.close()

    def lost(self) -> None:
        """Hear that it came to nothing."""
        self._socket.give_up_probe()

    def _expire(self) -> None:
        if self.link.owner is self:
            self.link.close()
