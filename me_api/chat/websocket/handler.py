"""Who is in the chat over a native WebSocket."""

from __future__ import annotations

import re
from typing import Any

from me_api.auth.identity import Identity
from me_api.chat import commands, service
from me_api.chat.author import Connected
from me_api.chat.schemas import NativePost
from me_api.chat.serializer import topic
from me_api.chat.websocket.codecs import Native
from me_api.concurrency import loop
from me_api.eventlog import Subscriber, log
from me_api.realtime.connection import Listener
from me_api.realtime.events import arrivals
from me_api.realtime.websocket import Guest, Peer, WebSocket
from me_api.validation import parse

SENT_AWAY = 1008
_JOIN = re.compile(r"/join(?!\S)", re.IGNORECASE)
JOIN_HELP = "/join NICK - the same as /nick"


class Chatter(Listener):
    """A client of one room."""

    def expel(self, topic: str) -> None:
        """Send the client away, if it is in this room: there is nothing else for it here."""
        if topic not in self.subscriber.topics:
            return
        super().expel(topic)
        # Later: whoever closes the room is going through those who are in it.
        loop.call_later(0, self.peer.socket.close, SENT_AWAY, "The room is closed to guests.")


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
        self._client.subscriber = Subscriber(self._client, {topic(room): since}, since)
        way.claim(self._client, nick)
        way.arriving(self._client)

    def arrive(self) -> None:
        """Catch up, then be live and seen in the room."""
        self._client.leave_closed()
        log.tail.start(self._client.subscriber)
        if self._client.subscriber.live:
            self._way.opened(self._client)

    def take(self, message: str | bytes) -> None:
        """Say what the client sends; everybody hears it, the client too."""
        body = parse(NativePost, self._way.fields(message))
        said = service.say(Connected(self._client), self._room, _command(body.said), body.key)
        if said.notice is not None:
            more = f"\n{JOIN_HELP}" if said.notice == commands.HELP else ""
            self._answer("notice", {"text": said.notice + more} | _named(body.key))
        elif body.key is not None:
            self._answer("stored", {"key": body.key, "message": said.message})
        else:
            self.socket.hurry()

    def complain(self, body: dict[str, Any], message: str | bytes) -> None:
        """Tell the client what was wrong, and by its key with which message."""
        # Read again, not kept from before: who is limited was not read yet.
        self.socket.send(self._way.problem(body | _named(self._way.key(message))))

    def leave(self) -> None:
        """Let the client be missed."""
        arrivals().depart(self.socket.sid, explicit=False)

    def _answer(self, event: str, body: dict[str, Any]) -> None:
        said = self._way.news(event, body)
        if said is not None:
            self.socket.send(said)


def _named(key: str | None) -> dict[str, str]:
    """Say which message is answered, if it can be said."""
    return {} if key is None else {"key": key}


def _command(text: str) -> str:
    """Let `/join NICK` be `/nick NICK`, as native clients of the course write it."""
    return _JOIN.sub("/nick", text, count=1) if _JOIN.match(text) else text
