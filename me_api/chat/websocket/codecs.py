"""The codecs of native WebSockets: the subprotocols `json` and `text`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import orjson

from me_api.auth.bans import Ban
from me_api.chat.namespace import ChatNamespace
from me_api.chat.presence.registry import presence
from me_api.chat.websocket.dialect import DELETED, shown, shown_notice
from me_api.errors import ApiError, BadRequest, Invalid, envelope
from me_api.eventlog import Batch
from me_api.realtime.events import Connection
from me_api.realtime.websocket import (
    POLICY_VIOLATION,
    PreparedMessage,
    broadcast,
    prepare_message,
)

NATIVE = "/ws/chat"
BANNED = "You are banned."
"""The reason with which the connection is closed."""


class WebSocketCodec(ChatNamespace, ABC):
    """Encodes what native clients receive and decodes what they send; one per subprotocol."""

    name = NATIVE
    recovers = False
    subprotocol = ""

    def encode_batch(self, batch: Batch) -> PreparedMessage:
        """Return the frames of a batch, encoded once for all clients of this subprotocol."""
        key = f"{self.name} {self.subprotocol}"
        if key not in batch.encoded:
            batch.encoded[key] = prepare_message(
                *[self.write_message(entry.body) for entry in batch.entries]
            )
        frames: PreparedMessage = batch.encoded[key]
        return frames

    def encode_event(self, event: str, body: dict[str, Any]) -> PreparedMessage | None:
        """Return the frame of an event that is not in the log; None if it is not sent."""
        text = self.write_event(event, body)
        return None if text is None else prepare_message(text, droppable=True)

    def fields(self, message: str | bytes) -> dict[str, Any]:
        """Return the fields of a client's message; raises `Invalid` or `BadRequest`."""
        if isinstance(message, bytes):
            raise Invalid([(None, "Binary data is not accepted here.")])
        return self.read(message)

    def key(self, message: str | bytes) -> str | None:
        """Return the idempotency key of a message that was refused, if it can be read."""
        try:
            key = self.fields(message).get("key")
        except ApiError:
            return None
        return key if isinstance(key, str) else None

    def on_token_ended(self, connection: Connection, error: ApiError) -> None:
        """Send the client why its token is not valid any more."""
        frame = prepare_message(self.write_error(envelope(error)))
        broadcast(frame, {connection.peer.socket})

    def on_banned(self, connection: Connection, ban: Ban) -> None:
        """Send the client why, and close its connection, if the ban is of its room or the site."""
        # None once it has lost its room: then it is being closed.
        for name in [name.partition(":")[2] for name in connection.subscriber.topics]:
            if ban.room in (None, name):
                presence.remove(name, connection)
                connection.notify("banned", ban.body)
                connection.peer.socket.close(POLICY_VIOLATION, BANNED)

    @abstractmethod
    def write_message(self, body: dict[str, Any]) -> str:
        """Return the text for a new or changed message of the chat."""

    @abstractmethod
    def write_event(self, event: str, body: dict[str, Any]) -> str | None:
        """Return the text for another event; None if it is not sent."""

    @abstractmethod
    def write_error(self, body: dict[str, Any]) -> str:
        """Return the text for an error envelope."""

    @abstractmethod
    def read(self, text: str) -> dict[str, Any]:
        """Return the fields of a client's text; raises `BadRequest`."""


class JsonCodec(WebSocketCodec):
    """JSON objects: messages as every client receives them, and events with their name."""

    subprotocol = "json"

    def write_message(self, body: dict[str, Any]) -> str:
        # The course's native clients look for `timestamp` and `data`.
        text = DELETED if body["deleted"] else body["text"]
        added = {"timestamp": body["time"], "data": body["text"], "origin": "user"}
        return _dump({**body, **added, **shown(body["nick"], text)})

    def write_event(self, event: str, body: dict[str, Any]) -> str:
        # The field `event` distinguishes it: no message has one.
        # The nick of a member takes the place of the server's.
        return _dump({"event": event, **_shown_event(event, body), **body})

    def write_error(self, body: dict[str, Any]) -> str:
        return _dump({**body, **shown_notice(_join_details(body))})

    def read(self, text: str) -> dict[str, Any]:
        """Return a JSON object, or a text or JSON string as the field `text`."""
        # RFC 8259, section 8.1: a byte order mark may be ignored.
        text = text.removeprefix("\ufeff")
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            # What begins like an object is a broken one, anything else a text to post.
            if text.lstrip().startswith("{"):
                raise BadRequest(f"This is no JSON: {error}.", code="bad_body") from None
            value = text
        if isinstance(value, dict):
            return value
        # A number or a list is posted as it was written.
        return {"text": value if isinstance(value, str) else text}


class TextCodec(WebSocketCodec):
    """Lines of text for people; all but messages begin with an asterisk."""

    subprotocol = "text"

    def write_message(self, body: dict[str, Any]) -> str:
        if body["deleted"]:
            return f"* {body['nick']} deleted message {body['id']}."
        edited = " (edited)" if body["edited"] else ""
        return f"{body['nick']}: {body['text']}{edited}"

    def write_event(self, event: str, body: dict[str, Any]) -> str | None:
        """Return a line for joins, leaves and notices; typing is not sent."""
        if event in ("joined", "left"):
            return f"* {_describe_members(event, body)}"
        return f"* {body['text']}" if "text" in body else None

    def write_error(self, body: dict[str, Any]) -> str:
        return f"* Error: {_join_details(body)}"

    def read(self, text: str) -> dict[str, Any]:
        return {"text": text}


JSON, TEXT = JsonCodec(), TextCodec()


def _shown_event(event: str, body: dict[str, Any]) -> dict[str, str]:
    """Return what the course's clients show of an event."""
    if event in ("joined", "left"):
        return shown_notice(_describe_members(event, body))
    if event == "typing":
        return shown(body["nick"], "is typing")
    return shown_notice(body["text"]) if "text" in body else {}


def _describe_members(event: str, body: dict[str, Any]) -> str:
    return f"{body['nick'] or 'somebody'} {event} ({body['members']} here)."


def _join_details(body: dict[str, Any]) -> str:
    return " ".join(error["detail"] for error in body["errors"])


def _dump(body: dict[str, Any]) -> str:
    return orjson.dumps(body).decode()
