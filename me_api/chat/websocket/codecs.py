"""What is said on native WebSockets: JSON, or lines of text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import orjson

from me_api.chat.events import ChatNamespace
from me_api.errors import ApiError, BadRequest, Invalid
from me_api.eventlog import Batch
from me_api.realtime.websocket import PreparedMessage, prepare_message

NATIVE = "/ws/chat"


class WebSocketCodec(ChatNamespace, ABC):
    """How native clients are told what happens; one for each subprotocol."""

    name = NATIVE
    recovers = False
    subprotocol = ""

    def encode_batch(self, batch: Batch) -> PreparedMessage:
        """Frame changes, once for all who speak this."""
        key = f"{self.name} {self.subprotocol}"
        if key not in batch.encoded:
            batch.encoded[key] = prepare_message(
                *[self.write_message(entry.body) for entry in batch.entries]
            )
        found: PreparedMessage = batch.encoded[key]
        return found

    def encode_event(self, event: str, body: dict[str, Any]) -> PreparedMessage | None:
        """Frame an event that is not of the log."""
        said = self.write_event(event, body)
        return None if said is None else prepare_message(said, droppable=True)

    def fields(self, message: str | bytes) -> dict[str, Any]:
        """Read the fields of what a client sends; raises `Invalid` or `BadRequest`."""
        if isinstance(message, bytes):
            raise Invalid([(None, "Binary data is not accepted here.")])
        return self.read(message)

    def key(self, message: str | bytes) -> str | None:
        """Find the key of what was refused, whatever is wrong with the rest."""
        try:
            key = self.fields(message).get("key")
        except ApiError:
            return None
        return key if isinstance(key, str) else None

    @abstractmethod
    def write_message(self, body: dict[str, Any]) -> str:
        """Write a message as it now is."""

    @abstractmethod
    def write_event(self, event: str, body: dict[str, Any]) -> str | None:
        """Write what else happens; None for what is not told."""

    @abstractmethod
    def write_error(self, body: dict[str, Any]) -> str:
        """Write an error."""

    @abstractmethod
    def read(self, text: str) -> dict[str, Any]:
        """Read the fields of a text."""


class JsonCodec(WebSocketCodec):
    """Messages as on every wire, with what the course's native clients look for."""

    subprotocol = "json"

    def write_message(self, body: dict[str, Any]) -> str:
        """Write a message with its time and text under the course's names, too."""
        return _dump({**body, "timestamp": body["time"], "data": body["text"]})

    def write_event(self, event: str, body: dict[str, Any]) -> str:
        """Write an event: no message has the field `event`."""
        return _dump({"event": event, **body})

    def write_error(self, body: dict[str, Any]) -> str:
        """Write the envelope."""
        return _dump(body)

    def read(self, text: str) -> dict[str, Any]:
        """Read an object; what does not begin as one is the text itself, or a string of it."""
        try:
            said = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            if text.lstrip().startswith("{"):
                raise BadRequest(f"This is no JSON: {error}.", code="bad_body") from None
            said = text
        if isinstance(said, dict):
            return said
        return {"text": said if isinstance(said, str) else text}


class TextCodec(WebSocketCodec):
    """Lines to be read by people; what nobody has said begins with an asterisk."""

    subprotocol = "text"

    def write_message(self, body: dict[str, Any]) -> str:
        """Write who says what."""
        if body["deleted"]:
            return f"* {body['nick']} deleted message {body['id']}."
        edited = " (edited)" if body["edited"] else ""
        return f"{body['nick']}: {body['text']}{edited}"

    def write_event(self, event: str, body: dict[str, Any]) -> str | None:
        """Write who comes and goes, and notices; not who is writing."""
        if event in ("joined", "left"):
            return f"* {body['nick'] or 'somebody'} {event} ({body['members']} here)."
        return f"* {body['text']}" if "text" in body else None

    def write_error(self, body: dict[str, Any]) -> str:
        """Write one line."""
        return f"* Error: {' '.join(error['detail'] for error in body['errors'])}"

    def read(self, text: str) -> dict[str, Any]:
        """Take all of it for the text."""
        return {"text": text}


JSON, TEXT = JsonCodec(), TextCodec()


def _dump(body: dict[str, Any]) -> str:
    return orjson.dumps(body).decode()
