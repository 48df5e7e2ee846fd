"""A channel of the AsyncAPI document: its messages, and the operations with them."""

from __future__ import annotations

from typing import Any

from me_api.apidocs.json_schema import Schemas, fields
from me_api.chat.websocket.routes import WebSocketAddress
from me_api.chat.websocket.subprotocols import SUBPROTOCOLS, Subprotocol

NATIVE = "native"
"""The server object of native WebSockets."""


class Channel:
    """A namespace of Socket.IO, or the address of a native WebSocket."""

    server = ""
    description = ""

    def __init__(self, name: str, address: str, schemas: Schemas) -> None:
        self.name = name
        self.address = address
        self.messages: dict[str, Any] = {}
        self.operations: dict[str, Any] = {}
        self._schemas = schemas

    def describe(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "description": self.description,
            "servers": [{"$ref": f"#/servers/{self.server}"}],
            "messages": self.messages,
        }

    def send(self, name: str, payload: Any, summary: str, **extra: Any) -> None:
        """Add a message that the server sends."""
        self._operate("send", name, self._message(f"send.{name}", name, payload, extra), summary)

    def receive(
        self, name: str, payload: Any, summary: str, replies: dict[str, Any], **extra: Any
    ) -> None:
        """Add a message that clients send, with the replies to it by name.

        A reply of None refers to a message that has been added before.
        """
        message = self._message(f"receive.{name}", name, payload, extra)
        self._operate("receive", name, message, summary)["reply"] = {
            "channel": self._reference,
            "messages": [self._message(key, key, kind, {}) for key, kind in replies.items()],
        }

    def _operate(
        self, action: str, name: str, message: dict[str, str], summary: str
    ) -> dict[str, Any]:
        operation = self.operations[f"{action}.{name}"] = {
            "action": action,
            "channel": self._reference,
            "summary": summary,
            "messages": [message],
        }
        return operation

    def _message(self, key: str, name: str, payload: Any, extra: dict[str, Any]) -> dict[str, str]:
        """Add a message unless it exists; return the reference to it."""
        key = key.replace(" ", "-")  # A reference must not contain spaces.
        if key not in self.messages:
            self.messages[key] = {"name": name, "payload": self._schemas.of(payload), **extra}
        return {"$ref": f"{self._reference['$ref']}/messages/{key}"}

    @property
    def _reference(self) -> dict[str, str]:
        return {"$ref": f"#/channels/{self.name}"}


class WebSocketChannel(Channel):
    """The address of a native WebSocket, with the messages of each of its subprotocols.

    The messages have no names of their own: `json.post` is one of the subprotocol `json`.
    """

    server = NATIVE
    description = "A native WebSocket; the messages depend on the subprotocol."

    def __init__(self, path: str, address: WebSocketAddress, schemas: Schemas) -> None:
        super().__init__(path.strip("/").replace("/", "-"), path, schemas)
        self._declared = address
        for name in address.kinds:
            self._describe_subprotocol(name, SUBPROTOCOLS[name])

    def describe(self) -> dict[str, Any]:
        """Return the channel object with its handshake."""
        more = {
            "description": f"{self.description} The same is at {self._declared.alias}.",
            "bindings": {"ws": self._handshake()},
        }
        return super().describe() | more

    def _handshake(self) -> dict[str, Any]:
        subprotocol = {
            "type": "string",
            "enum": list(self._declared.kinds),
            "default": self._declared.default,
            "description": "The first known one of those that are offered.",
        }
        query = {name: schema for name, _, schema in fields(self._declared.query)}
        return {
            "method": "GET",
            "query": {"type": "object", "properties": query, "additionalProperties": False},
            "headers": {"type": "object", "properties": {"Sec-WebSocket-Protocol": subprotocol}},
            "bindingVersion": "0.1.0",
        }

    def _describe_subprotocol(self, name: str, subprotocol: Subprotocol) -> None:
        media_type = subprotocol.media_type
        for key, message in subprotocol.server.items():
            self.send(f"{name}.{key}", message.schema, message.summary, contentType=media_type)
        replies = {f"send.{name}.{key}": None for key in subprotocol.responses}
        for key, message in subprotocol.client.items():
            content_type = message.media_type or media_type
            self.receive(
                f"{name}.{key}", message.schema, message.summary, replies, contentType=content_type
            )
