"""Sessions that log their packets, for the option `engineio_logger`."""

from __future__ import annotations

import logging
from typing import Any

from me_api.transport.engineio.http import HttpSession
from me_api.transport.engineio.packets import PreparedPackets

NAMES = ("OPEN", "CLOSE", "PING", "PONG", "MESSAGE", "UPGRADE", "NOOP")
"""The types of packets, by number."""


def session_class(logger: logging.Logger) -> type[HttpSession]:
    """Return the class of sessions of a server with this logger."""
    return LoggedSession if logger.isEnabledFor(logging.INFO) else HttpSession


class LoggedSession(HttpSession):
    """Logs each packet in both directions, as the stock server does."""

    __slots__ = ()

    def message_received(self, data: str | bytes) -> None:
        self._log("Received", data)
        super().message_received(data)

    def push(self, message: Any) -> None:
        self._log("Sending", *message.texts)
        super().push(message)

    def enqueue(self, message: Any) -> None:
        self._log("Sending", *message.texts)
        super().enqueue(message)

    def send_now(self, message: Any) -> None:
        self._log("Sending", *message.texts)
        super().send_now(message)

    def respond(self, packets: PreparedPackets) -> None:
        self._log("Sending", *packets.texts)
        super().respond(packets)

    def send_text(self, text: str) -> None:
        self._log("Sending", text)
        super().send_text(text)

    def upgrade(self, websocket: Any) -> None:
        super().upgrade(websocket)
        self.server.logger.info("%s: Upgrade to websocket successful", self.sid)

    def close(self, reason: str | None = None, **options: Any) -> None:
        if not self.closed:
            self.server.logger.info("%s: Closing session: %s", self.sid, reason or "by the server")
        super().close(reason, **options)

    def _log(self, verb: str, *packets: str | bytes) -> None:
        for packet in packets:
            # While a session polls, bytes are text that begins with b.
            binary = isinstance(packet, bytes) or packet.startswith("b")
            kind, data = ("4", "<binary>") if binary else (packet[:1], packet[1:])
            name = NAMES[int(kind)] if kind in set("0123456") else kind
            self.server.logger.info("%s: %s packet %s data %s", self.sid, verb, name, data)
