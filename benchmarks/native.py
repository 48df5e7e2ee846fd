"""Clients and senders on native WebSockets (`/ws/chat`), for the scenario of that name."""

from __future__ import annotations

import json
from typing import Any

from benchmarks import wire
from benchmarks.client import Client
from benchmarks.senders import ClosedLoopSender

EVENT = b'{"event":'
"""The beginning of an event that is no message, such as a change of presence."""


class NativeClient(Client):
    """A client on a native WebSocket, which is in its room as soon as the handshake is done.

    A message contains its text three times, as `text`, `data` and `message`.
    """

    markers_per_message = 3
    engineio_pings = False

    def _upgrade_request(self) -> str:
        path = f"/ws/chat?room={self.room}&nick={self.nick}&guest={self.guest}"
        return wire.UPGRADE.format(path=path, port=self.port)

    def _read_upgrade_response(self) -> bool:
        if not super()._read_upgrade_response():
            return False
        self._go_live()
        return True

    def _process_frames(self) -> None:
        for _, payload in wire.split(self.buffer):
            if not payload.startswith(EVENT):
                self.on_message(self, payload)
        self.after_read()


class NativeSender(ClosedLoopSender):
    """A closed-loop sender that takes the broadcast of its own message as the acknowledgement."""

    # A post without an idempotency key is not acknowledged in any other way.

    def _encode_post(self, number: int, text: str) -> bytes:
        return wire.frame(json.dumps({"text": text}).encode())

    def _message_received(self, client: Client, packet: bytes) -> None:
        self.acked += 1
        super()._message_received(client, packet)

    def _parse(self, packet: bytes) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(packet)
        assert message["data"] == message["text"] and message["timestamp"] == message["time"]
        return message
