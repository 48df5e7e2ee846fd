"""The handler of a native WebSocket in a room of the chat."""

from __future__ import annotations

import re
from typing import Any

from me_api.auth.identity import Identity
from me_api.chat import commands, service
from me_api.chat.author import ConnectionAuthor
from me_api.chat.feed import topic
from me_api.chat.schemas import NativeAuthenticate, NativePost
from me_api.chat.websocket.codecs import WebSocketCodec
from me_api.eventlog import Subscriber, log
from me_api.extensions import loop
from me_api.rate_limits import RateKeys
from me_api.realtime.connection import StatelessConnection
from me_api.realtime.connections import connections
from me_api.realtime.token_watch import token_watch
from me_api.realtime.websocket import POLICY_VIOLATION, Peer, WebSocket, WebSocketHandler
from me_api.validation import validate

_JOIN = re.compile(r"/join(?!\S)", re.IGNORECASE)
JOIN_HELP = "/join NICK - the same as /nick"


class RoomConnection(StatelessConnection):
    """The connection of a native client: it is in one room, and has no session."""

    def revoke(self, topic: str) -> None:
        """Unsubscribe from the room and close the connection; ignores the topics of other rooms."""
        if topic not in self.subscriber.topics:
            return
        super().revoke(topic)
        # Not at once: the caller is iterating over the connections of the room.
        loop.call_later(
            0, self.peer.socket.close, POLICY_VIOLATION, "The room is closed to guests."
        )


class ChatHandler(WebSocketHandler):
    """Posts what a client sends to its room, and sends it what happens there."""

    limit = "post"

    def __init__(
        self,
        socket: WebSocket,
        codec: WebSocketCodec,
        room: str,
        identity: Identity,
        nick: str | None,
        since: int,
    ) -> None:
        super().__init__(socket)
        self._codec, self._room = codec, room
        self._peer = Peer(socket, socket.sid, codec.name, socket.context)
        self._identity, self._nick, self._since = identity, nick, since

    @property
    def rate_keys(self) -> RateKeys:
        """In whose buckets messages are counted."""
        return self._client.rate_keys

    def on_open(self) -> None:
        """Replay the missed messages, then subscribe the client and add it to the room."""
        self._client = self._connect()
        # The room may have been closed to guests since the handshake.
        self._client.revoke_unreadable()
        log.tail.start(self._client.subscriber)
        if self._client.subscriber.live:
            self._codec.on_live(self._client)

    def on_message(self, message: str | bytes) -> None:
        """Post the client's message, or replace its token."""
        fields = self._codec.fields(message)
        if "event" in fields:
            self._authenticate(validate(NativeAuthenticate, fields))
        else:
            self._post(validate(NativePost, fields))

    def _authenticate(self, body: NativeAuthenticate) -> None:
        user = token_watch.renew(self._client, body.token)
        self._send_event("authenticated", {"user": user.info} | _key_field(body.key))

    def _post(self, body: NativePost) -> None:
        """Post a message; it is sent to all in the room, including the client."""
        text, author = _command(body.content), ConnectionAuthor(self._client)
        result = service.post(author, self._room, text, body.key)
        if result.notice is not None:
            more = f"\n{JOIN_HELP}" if result.notice == commands.HELP else ""
            self._send_event("notice", {"text": result.notice + more} | _key_field(body.key))
        elif body.key is not None:
            self._send_event("stored", {"key": body.key, "message": result.message})
        else:
            # Without a key, the message itself is the answer: it is sent ahead of other output.
            self.socket.prioritize()

    def on_error(self, body: dict[str, Any], message: str | bytes) -> None:
        """Send the error envelope, with the key of the message that was refused."""
        # The key is read here, since a message beyond the rate limit has not been decoded.
        self.socket.send(self._codec.write_error(body | _key_field(self._codec.key(message))))

    def on_close(self) -> None:
        """Remove the connection; the grace period of the client starts."""
        connections.disconnect(self._peer, explicit=False)

    def _connect(self) -> RoomConnection:
        since = self._since
        client = connections.add(RoomConnection, self._peer, self._codec, self._identity, since)
        client.subscriber = Subscriber(client, {topic(self._room): since}, since)
        self._codec.claim_nick(client, self._nick)
        if client.closed:
            # While the nick was looked up: this releases it.
            self._codec.on_disconnect(client)
        else:
            self._codec.on_connecting(client)
        return client

    def _send_event(self, event: str, body: dict[str, Any]) -> None:
        text = self._codec.write_event(event, body)
        if text is not None:
            self.socket.send(text)


def _key_field(key: str | None) -> dict[str, str]:
    return {} if key is None else {"key": key}


def _command(text: str) -> str:
    # The course's native clients have `/join NICK` for `/nick NICK`.
    return _JOIN.sub("/nick", text, count=1) if _JOIN.match(text) else text
