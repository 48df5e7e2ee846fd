"""The AsyncAPI 3.0 document: the events of the namespaces, and what native WebSockets say.

It is written from the server's seat, as AsyncAPI has it: what clients send is received here. A
message of Socket.IO is an event's first argument; what follows it is its `x-second-argument`.
"""

from __future__ import annotations

from typing import Any

from me_api.apidocs.channel import Channel
from me_api.apidocs.error_schema import Problems, Refusal
from me_api.apidocs.json_schema import Schemas
from me_api.apidocs.openapi import VERSION
from me_api.apidocs.server_events import SENT, Connected, StatelessConnected
from me_api.apidocs.websocket_channel import NATIVE, AddressChannel
from me_api.chat.websocket.routes import ADDRESSES
from me_api.config import Settings
from me_api.me.service import DESCRIPTION, NAME
from me_api.realtime.auth_payload import AuthPayload
from me_api.realtime.events import EVENTS, NAMESPACES

ROOT = "course"
"""What the namespace `/` is called, where a name is needed."""
SOCKET_IO = "here"
POSITION = {
    "type": "string",
    "pattern": "^[0-9]+$",
    "description": "A position of the log; the stock client keeps it as its offset.",
}


def describe(settings: Settings) -> dict[str, Any]:
    """Build the document."""
    schemas = Schemas()
    channels: list[Channel] = [NamespaceChannel(name, schemas) for name in sorted(NAMESPACES)]
    channels += [AddressChannel(path, ADDRESSES[path], schemas) for path in sorted(ADDRESSES)]
    operations = {f"{c.name}.{name}": o for c in channels for name, o in c.operations.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": NAME, "version": VERSION, "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": _servers(settings),
        "channels": {channel.name: channel.describe() for channel in channels},
        "operations": operations,
        "components": {"schemas": schemas.resolve()},
    }


def _servers(settings: Settings) -> dict[str, Any]:
    host = f"{settings.host}:{settings.port}"
    return {
        SOCKET_IO: {
            "host": host,
            "pathname": "/socket.io/",
            "protocol": "socket.io",
            "protocolVersion": "5",
        },
        NATIVE: {"host": host, "protocol": "ws", "protocolVersion": "13"},
    }


class NamespaceChannel(Channel):
    """One namespace of Socket.IO."""

    server = SOCKET_IO
    description = "A namespace of Socket.IO."

    def __init__(self, namespace: str, schemas: Schemas) -> None:
        super().__init__(namespace.strip("/") or ROOT, namespace, schemas)
        self._describe_connecting()
        self._describe_received()
        self._describe_sent()

    def _describe_connecting(self) -> None:
        summary = "Connect; `auth` is the payload, and CONNECT or CONNECT_ERROR the answer."
        recovers = NAMESPACES[self.address].recovers
        answer, payload = (
            (Connected, AuthPayload) if recovers else (StatelessConnected, dict[str, Any])
        )
        replies: dict[str, Any] = {"CONNECT.answer": answer, "CONNECT_ERROR": Refusal}
        self.receive("CONNECT", payload, summary, replies)

    def _describe_received(self) -> None:
        for (namespace, name), event in EVENTS.items():
            if namespace == self.address:
                replies = {f"{name}.answer": event.ack, "errors": Problems}
                self.receive(name, event.schema, event.summary, replies)

    def _describe_sent(self) -> None:
        for (namespace, name), sent in SENT.items():
            if namespace == self.address:
                second = {"x-second-argument": POSITION} if sent.position else {}
                self.send(name, sent.schema, sent.summary, **second)
