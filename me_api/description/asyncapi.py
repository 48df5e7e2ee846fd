"""The AsyncAPI 3.0 document, from the events of the namespaces and the models of their payloads.

It is written from the server's seat, as AsyncAPI has it: what clients send is received here. A
message is an event's first argument; what follows it stands under `x-second-argument`.
"""

from __future__ import annotations

from typing import Any

from me_api.config import Settings
from me_api.description.collect import Schemas
from me_api.description.openapi import VERSION
from me_api.description.problems import Problems, Refusal
from me_api.description.sent import SENT, Admitted, Connected
from me_api.handshake import Handshake
from me_api.me.service import DESCRIPTION, NAME
from me_api.sockets import EVENTS, NAMESPACES

ROOT = "course"
"""What the namespace `/` is called, where a name is needed."""
POSITION = {
    "type": "string",
    "pattern": "^[0-9]+$",
    "description": "A position of the log; the stock client keeps it as its offset.",
}


def describe(settings: Settings) -> dict[str, Any]:
    """Build the document."""
    schemas = Schemas()
    channels = [Channel(name, schemas) for name in sorted(NAMESPACES)]
    operations = {f"{c.name}.{name}": o for c in channels for name, o in c.operations.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": NAME, "version": VERSION, "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {"here": _server(settings)},
        "channels": {channel.name: channel.describe() for channel in channels},
        "operations": operations,
        "components": {"schemas": schemas.resolve()},
    }


def _server(settings: Settings) -> dict[str, Any]:
    return {
        "host": f"{settings.host}:{settings.port}",
        "pathname": "/socket.io/",
        "protocol": "socket.io",
        "protocolVersion": "5",
    }


class Channel:
    """One namespace: its messages and what happens with them."""

    def __init__(self, namespace: str, schemas: Schemas) -> None:
        self.namespace = namespace
        self.name = namespace.strip("/") or ROOT
        self.messages: dict[str, Any] = {}
        self.operations: dict[str, Any] = {}
        self._schemas = schemas
        self._describe_connecting()
        self._describe_received()
        self._describe_sent()

    def describe(self) -> dict[str, Any]:
        """Give the channel."""
        return {
            "address": self.namespace,
            "description": "A namespace of Socket.IO.",
            "messages": self.messages,
        }

    def _describe_connecting(self) -> None:
        summary = "Connect; `auth` is the payload, and CONNECT or CONNECT_ERROR the answer."
        recovers = NAMESPACES[self.namespace].recovers
        answer, payload = (Connected, Handshake) if recovers else (Admitted, dict[str, Any])
        replies: dict[str, Any] = {"CONNECT.answer": answer, "CONNECT_ERROR": Refusal}
        self._receive("CONNECT", payload, summary, replies)

    def _describe_received(self) -> None:
        for (namespace, name), event in EVENTS.items():
            if namespace == self.namespace:
                replies = {f"{name}.answer": event.answer, "errors": Problems}
                self._receive(name, event.schema, event.summary, replies)

    def _describe_sent(self) -> None:
        for (namespace, name), sent in SENT.items():
            if namespace == self.namespace:
                message = self._message(f"send.{name}", name, sent.schema)
                if sent.position:
                    self.messages[f"send.{name}"]["x-second-argument"] = POSITION
                self._operate("send", name, message, sent.summary)

    def _receive(self, name: str, payload: Any, summary: str, replies: dict[str, Any]) -> None:
        message = self._message(f"receive.{name}", name, payload)
        self._operate("receive", name, message, summary)["reply"] = {
            "channel": self._reference,
            "messages": [self._message(key, key, kind) for key, kind in replies.items()],
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

    def _message(self, key: str, name: str, payload: Any) -> dict[str, str]:
        """Describe a message once; give the reference to it, which knows no spaces."""
        key = key.replace(" ", "-")
        if key not in self.messages:
            self.messages[key] = {"name": name, "payload": self._schemas.of(payload)}
        return {"$ref": f"{self._reference['$ref']}/messages/{key}"}

    @property
    def _reference(self) -> dict[str, str]:
        return {"$ref": f"#/channels/{self.name}"}
