"""The AsyncAPI 3.0 document: Socket.IO events and native WebSocket messages.

AsyncAPI takes the server's view: what clients send is `receive`. A message of Socket.IO is the
first argument of an event; the argument after it is described as `x-second-argument`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Flask

from me_api.apidocs.channel import NATIVE, Channel, WebSocketChannel
from me_api.apidocs.json_schema import Schemas
from me_api.apidocs.openapi import VERSION
from me_api.chat.websocket.routes import ADDRESSES
from me_api.config import Settings
from me_api.errors import Problems, Refusal
from me_api.me.service import DESCRIPTION, NAME
from me_api.realtime.auth_payload import AuthPayload
from me_api.realtime.events import CLIENT_EVENTS, NAMESPACES, SERVER_EVENTS
from me_api.realtime.schemas import Connected, StatelessConnected

ROOT = "course"
"""The name of the namespace `/`, of which no name can be made."""
SOCKET_IO = "here"
POSITION = {
    "type": "string",
    "pattern": "^[0-9]+$",
    "description": "A position of the log; the stock client stores it as its offset.",
}


def describe(app: Flask) -> dict[str, Any]:
    """Return the AsyncAPI document of an app: of the namespaces and addresses that it serves."""
    schemas = Schemas()
    paths = ADDRESSES.keys() & {rule.rule for rule in app.url_map.iter_rules()}
    namespaces: Collection[str] = app.extensions["namespaces"]
    channels: list[Channel] = [NamespaceChannel(name, schemas) for name in sorted(namespaces)]
    channels += [WebSocketChannel(path, ADDRESSES[path], schemas) for path in sorted(paths)]
    operations = {f"{c.name}.{name}": o for c in channels for name, o in c.operations.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": NAME, "version": VERSION, "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": _servers(app.config["SETTINGS"]),
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
    """A namespace of Socket.IO with the events of both sides."""

    server = SOCKET_IO
    description = "A namespace of Socket.IO."

    def __init__(self, namespace: str, schemas: Schemas) -> None:
        super().__init__(namespace.strip("/") or ROOT, namespace, schemas)
        self._describe_connecting()
        self._describe_received()
        self._describe_sent()

    def _describe_connecting(self) -> None:
        summary = "Connect; `auth` is the payload, and CONNECT or CONNECT_ERROR the response."
        recovers = NAMESPACES[self.address].recovers
        answer, payload = (
            (Connected, AuthPayload) if recovers else (StatelessConnected, dict[str, Any])
        )
        replies: dict[str, Any] = {"CONNECT.answer": answer, "CONNECT_ERROR": Refusal}
        self.receive("CONNECT", payload, summary, replies)

    def _describe_received(self) -> None:
        for (namespace, name), event in CLIENT_EVENTS.items():
            if namespace == self.address:
                replies = {f"{name}.answer": event.ack, "errors": Problems}
                self.receive(name, event.schema, event.summary, replies)

    def _describe_sent(self) -> None:
        for (namespace, name), event in SERVER_EVENTS.items():
            if namespace == self.address:
                second = {"x-second-argument": POSITION} if event.position else {}
                self.send(name, event.schema, event.summary, **second)
