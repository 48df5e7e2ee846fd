"""A client on a native WebSocket that only listens."""

from __future__ import annotations

from benchmarks import wire
from benchmarks.client import Client


class NativeClient(Client):
    """In its room as soon as the handshake is done; a message has its text twice, as `data` too."""

    marks = 2
    pinged = False

    def _handshake(self) -> str:
        path = f"/ws/chat?room={self.room}&nick={self.nick}&guest={self.guest}"
        return wire.UPGRADE.format(path=path, port=self.port)

    def _upgrade(self) -> bool:
        if not super()._upgrade():
            return False
        self._go_live()
        return True
