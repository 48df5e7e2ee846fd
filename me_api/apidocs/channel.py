"""One channel of the AsyncAPI document: its messages and what happens with them."""

from __future__ import annotations

from typing import Any

from me_api.apidocs.json_schema import Schemas


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
        """Give the channel."""
        return {
            "address": self.address,
            "description": self.description,
            "servers": [{"$ref": f"#/servers/{self.server}"}],
            "messages": self.messages,
        }

    def send(self, name: str, payload: Any, summary: str, **more: Any) -> None:
        """Describe what the server sends."""
        self._operate("send", name, self._message(f"send.{name}", name, payload, more), summary)

    def receive(
        self, name: str, payload: Any, summary: str, replies: dict[str, Any], **more: Any
    ) -> None:
        """Describe what clients send, and what may be answered: what has been named, or is new."""
        message = self._message(f"receive.{name}", name, payload, more)
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

    def _message(self, key: str, name: str, payload: Any, more: dict[str, Any]) -> dict[str, str]:
        """Describe a message once; give the reference to it, which knows no spaces."""
        key = key.replace(" ", "-")
        if key not in self.messages:
            self.messages[key] = {"name": name, "payload": self._schemas.of(payload), **more}
        return {"$ref": f"{self._reference['$ref']}/messages/{key}"}

    @property
    def _reference(self) -> dict[str, str]:
        return {"$ref": f"#/channels/{self.name}"}
