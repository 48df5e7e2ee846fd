"""Who is in the chat over a native WebSocket."""

from __future__ import annotations

import re
from typing import Any

from me_api.auth.identity import Identity
from me_api.chat import commands, service
from me_api.chat.author import ConnectionAuthor
from me_api.chat.feed import topic
from me_api.chat.schemas import NativePost
from me_api.chat.websocket.codecs import WebSocketCodec
from me_api.eventlog import Subscriber, log
from me_api.extensions import loop
from me_api.realtime.connection import StatelessConnection
from me_api.realtime.events import connection_manager
from me_api.realtime.websocket import Peer, WebSocket, WebSocketHandler
from me_api.validation import validate

SENT_AWAY = 1008
_JOIN = re.compile(r"/join(?!\S)", re.IGNORECASE)
JOIN_HELP = "/join NICK - the same as /nick"


class RoomConnection(StatelessConnection):
    """A client of one room."""

    def revoke(self, topic: str) -> None:
        """Send the client away, if it is in this room: there is nothing else for it here."""
        if topic not in self.subscriber.topics:
            return
        super().revoke(topic)
        # Later: whoever closes the room is going through those who are in it.
        loop.call_later(0, self.peer.socket.close, SENT_AWAY, "The room is closed to guests.")


class ChatHandler(WebSocketHandler):
    """Somebody in a room of the chat."""

    limit = "post"

    def __init__(
        self,
        socket: WebSocket,
        way: WebSocketCodec,
        room: str,
        identity: Identity,
        nick: str | None,
        since: int,
    ) -> None:
        super().__init__(socket)
        self._codec, self._room = way, room
        peer = Peer(socket, socket.sid, way.name, socket.context)
        self._client = connection_manager().add(RoomConnection, peer, way, identity, since)
        self._client.subscriber = Subscriber(self._client, {topic(room): since}, since)
        way.claim_nick(self._client, nick)
        way.on_connecting(self._client)

    def on_open(self) -> None:
        """Catch up, then be live and seen in the room."""
        self._client.revoke_unreadable()
        log.tail.start(self._client.subscriber)
        if self._client.subscriber.live:
            self._codec.on_live(self._client)

    def on_message(self, message: str | bytes) -> None:
        """Say what the client sends; everybody hears it, the client too."""
        body = validate(NativePost, self._codec.fields(message))
        said = service.post(
            ConnectionAuthor(self._client), self._room, _command(body.said), body.key
        )
        if said.notice is not None:
            more = f"\n{JOIN_HELP}" if said.notice == commands.HELP else ""
            self._answer("notice", {"text": said.notice + more} | _named(body.key))
        elif body.key is not None:
            self._answer("stored", {"key": body.key, "message": said.message})
        else:
            self.socket.prioritize()

    def on_error(self, body: dict[str, Any], message: str | bytes) -> None:
        """Tell the client what was wrong, and by its key with which message."""
        # Read again, not kept from before: who is limited was not read yet.
        self.socket.send(self._codec.write_error(body | _named(self._codec.key(message))))

    def on_close(self) -> None:
        """Let the client be missed."""
        connection_manager().disconnect(self.socket.sid, explicit=False)

    def _answer(self, event: str, body: dict[str, Any]) -> None:
        said = self._codec.write_event(event, body)
        if said is not None:
            self.socket.send(said)


def _named(key: str | None) -> dict[str, str]:
    """Say which message is answered, if it can be said."""
    return {} if key is None else {"key": key}


def _command(text: str) -> str:
    """Let `/join NICK` be `/nick NICK`, as native clients of the course write it."""
    return _JOIN.sub("/nick", text, count=1) if _JOIN.match(text) else text
