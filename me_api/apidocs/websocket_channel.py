"""The address of a native WebSocket as a channel of the AsyncAPI document."""

from __future__ import annotations

from typing import Any

from me_api.apidocs.channel import Channel
from me_api.apidocs.json_schema import Schemas, fields
from me_api.apidocs.websocket_messages import SUBPROTOCOLS, Subprotocol
from me_api.chat.websocket.routes import WebSocketAddress

NATIVE = "native"


class AddressChannel(Channel):
    """What can be said at an address, under each of its subprotocols.

    A WebSocket's messages have no names: `json.post` is what stands here for one in `json`.
    """

    server = NATIVE
    description = "A native WebSocket; what is said depends on the subprotocol."

    def __init__(self, path: str, address: WebSocketAddress, schemas: Schemas) -> None:
        super().__init__(path.strip("/").replace("/", "-"), path, schemas)
        self._declared = address
        for protocol in address.kinds:
            self._describe_speech(protocol, SUBPROTOCOLS[protocol])

    def describe(self) -> dict[str, Any]:
        """Give the channel with its handshake."""
        return {**super().describe(), "bindings": {"ws": self._handshake()}}

    def _handshake(self) -> dict[str, Any]:
        protocol = {
            "type": "string",
            "enum": list(self._declared.kinds),
            "default": self._declared.default,
            "description": "Of several that are offered the first of these.",
        }
        query = {name: schema for name, _, schema in fields(self._declared.query)}
        return {
            "method": "GET",
            "query": {"type": "object", "properties": query, "additionalProperties": False},
            "headers": {"type": "object", "properties": {"Sec-WebSocket-Protocol": protocol}},
            "bindingVersion": "0.1.0",
        }

    def _describe_speech(self, protocol: str, speech: Subprotocol) -> None:
        for name, said in speech.gives.items():
            self.send(f"{protocol}.{name}", said.schema, said.summary, contentType=speech.media)
        answers = {f"send.{protocol}.{name}": None for name in speech.answers}
        for name, said in speech.takes.items():
            key = f"{protocol}.{name}"
            media = said.media or speech.media
            self.receive(key, said.schema, said.summary, answers, contentType=media)
