"""The chat over native WebSockets, in JSON or as lines of text."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any

import orjson

from me_api.chat import commands, service
from me_api.chat.events import Chat
from me_api.chat.present import topic
from me_api.chat.schemas import NativePost
from me_api.chat.voice import Connected
from me_api.connection import Listener
from me_api.errors import BadRequest, Invalid
from me_api.identity import Identity
from me_api.log import Batch, Follower, log
from me_api.native import loop
from me_api.schema import parse
from me_api.sockets import arrivals
from me_api.websocket import Guest, Peer, WebSocket, Wire, wire

NATIVE = "/ws/chat"
SENT_AWAY = 1008
_JOIN = re.compile(r"/join(?!\S)", re.IGNORECASE)
JOIN_HELP = "/join NICK - the same as /nick"


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
    def read(self, text: str) -> Any:
        """Read the fields of what a client sends."""


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

    def read(self, text: str) -> Any:
        """Read an object."""
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"This is no JSON: {error}.", code="bad_body") from None


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

    def read(self, text: str) -> Any:
        """Take all of it for the text."""
        return {"text": text}


JSON, TEXT = Json(), Text()


class Chatter(Listener):
    """A client of one room."""

    def expel(self, topic: str) -> None:
        """Send the client away, if it is in this room: there is nothing else for it here."""
        if topic not in self.follower.topics:
            return
        super().expel(topic)
        # Later: whoever closes the room is going through those who are in it.
        loop.after(0, self.peer.socket.close, SENT_AWAY, "The room is closed to guests.")


class InRoom(Guest):
    """Somebody in a room of the chat."""

    limit = "post"

    def __init__(
        self,
        socket: WebSocket,
        way: Native,
        room: str,
        identity: Identity,
        nick: str | None,
        since: int,
    ) -> None:
        super().__init__(socket)
        self._way, self._room = way, room
        peer = Peer(socket, socket.sid, way.name, socket.context)
        self._client = arrivals().listener(Chatter, peer, way, identity, since)
        self._client.follower = Follower(self._client, {topic(room): since}, since)
        way.claim(self._client, nick)
        way.arriving(self._client)

    def arrive(self) -> None:
        """Catch up, then be live and seen in the room."""
        self._client.leave_closed()
        log.tail.follow(self._client.follower)
        if self._client.follower.live:
            self._way.opened(self._client)

    def take(self, message: str | bytes) -> None:
        """Say what the client sends; everybody hears it, the client too."""
        if isinstance(message, bytes):
            raise Invalid([(None, "Binary data is not accepted here.")])
        body = parse(NativePost, self._way.read(message))
        said = service.say(Connected(self._client), self._room, _command(body.said), body.key)
        if said.notice is not None:
            more = f"\n{JOIN_HELP}" if said.notice == commands.HELP else ""
            self._answer("notice", {"text": said.notice + more})
        elif body.key is not None:
            self._answer("stored", {"key": body.key, "message": said.message})
        else:
            self.socket.hurry()

    def complain(self, body: dict[str, Any]) -> None:
        """Tell the client of an error."""
        self.socket.send(self._way.problem(body))

    def leave(self) -> None:
        """Let the client be missed."""
        arrivals().depart(self.socket.sid, explicit=False)

    def _answer(self, event: str, body: dict[str, Any]) -> None:
        said = self._way.news(event, body)
        if said is not None:
            self.socket.send(said)


def _command(text: str) -> str:
    """Let `/join NICK` be `/nick NICK`, as native clients of the course write it."""
    return _JOIN.sub("/nick", text, count=1) if _JOIN.match(text) else text


def _dump(body: dict[str, Any]) -> str:
    return orjson.dumps(body).decode()
