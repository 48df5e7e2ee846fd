"""What is said on native WebSockets: JSON, or lines of text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import orjson

from me_api.chat.events import Chat
from me_api.errors import ApiError, BadRequest, Invalid
from me_api.eventlog import Batch
from me_api.realtime.websocket import Wire, wire

NATIVE = "/ws/chat"


class Native(Chat, ABC):
    """How native clients are told what happens; one for each subprotocol."""

    name = NATIVE
    recovers = False
    subprotocol = ""

    def encoded(self, batch: Batch) -> Wire:
        """Frame changes, once for all who speak this."""
        key = f"{self.name} {self.subprotocol}"
        if key not in batch.encoded:
            batch.encoded[key] = wire(*[self.message(entry.body) for entry in batch.entries])
        found: Wire = batch.encoded[key]
        return found

    def told(self, event: str, body: dict[str, Any]) -> Wire | None:
        """Frame an event that is not of the log."""
        said = self.news(event, body)
        return None if said is None else wire(said, ephemeral=True)

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
    def message(self, body: dict[str, Any]) -> str:
        """Write a message as it now is."""

    @abstractmethod
    def news(self, event: str, body: dict[str, Any]) -> str | None:
        """Write what else happens; None for what is not told."""

    @abstractmethod
    def problem(self, body: dict[str, Any]) -> str:
        """Write an error."""

    @abstractmethod
    def read(self, text: str) -> dict[str, Any]:
        """Read the fields of a text."""


class Json(Native):
    """Messages as on every wire, with what the course's native clients look for."""

    subprotocol = "json"

    def message(self, body: dict[str, Any]) -> str:
        """Write a message with its time and text under the course's names, too."""
        return _dump({**body, "timestamp": body["time"], "data": body["text"]})

    def news(self, event: str, body: dict[str, Any]) -> str:
        """Write an event: no message has the field `event`."""
        return _dump({"event": event, **body})

    def problem(self, body: dict[str, Any]) -> str:
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


class Text(Native):
    """Lines to be read by people; what nobody has said begins with an asterisk."""

    subprotocol = "text"

    def message(self, body: dict[str, Any]) -> str:
        """Write who says what."""
        if body["deleted"]:
            return f"* {body['nick']} deleted message {body['id']}."
        edited = " (edited)" if body["edited"] else ""
        return f"{body['nick']}: {body['text']}{edited}"

    def news(self, event: str, body: dict[str, Any]) -> str | None:
        """Write who comes and goes, and notices; not who is writing."""
        if event in ("joined", "left"):
            return f"* {body['nick'] or 'somebody'} {event} ({body['members']} here)."
        return f"* {body['text']}" if "text" in body else None

    def problem(self, body: dict[str, Any]) -> str:
        """Write one line."""
        return f"* Error: {' '.join(error['detail'] for error in body['errors'])}"

    def read(self, text: str) -> dict[str, Any]:
        """Take all of it for the text."""
        return {"text": text}


JSON, TEXT = Json(), Text()


def _dump(body: dict[str, Any]) -> str:
    return orjson.dumps(body).decode()
