"""Clients on native WebSockets: most only listen."""

from __future__ import annotations

import json
from typing import Any

from benchmarks import wire
from benchmarks.client import Client
from benchmarks.senders import Sender

NEWS = b'{"event":'


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

    def _act_on_frames(self) -> None:
        for _, payload in wire.split(self.buffer):
            if not payload.startswith(NEWS):
                self.on_message(self, payload)
        self.after_read()


class NativeSender(Sender):
    """To a native client its own message, as all others hear it, is the acknowledgement."""

    def _post(self, number: int, text: str) -> bytes:
        return wire.frame(json.dumps({"text": text}).encode())

    def _receive(self, client: Client, packet: bytes) -> None:
        self.acked += 1
        super()._receive(client, packet)

    def _message(self, packet: bytes) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(packet)
        assert message["data"] == message["text"] and message["timestamp"] == message["time"]
        return message
