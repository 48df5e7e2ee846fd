"""The handler of a native WebSocket in a room of the chat."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from me_api.auth.identity import Identity
from me_api.auth.nicks import fold
from me_api.chat import access, commands, service
from me_api.chat.feed import topic
from me_api.chat.message_changes import PostMessage
from me_api.chat.websocket import dialect
from me_api.chat.websocket.codecs import WebSocketCodec
from me_api.chat.websocket.connections import ConnectionWithoutOwn, NativeAuthor, RoomConnection
from me_api.chat.websocket.schemas import NativeAuthenticate, NativeKey, NativePost
from me_api.eventlog import Subscriber, log
from me_api.extensions import settings
from me_api.rate_limits import RateKeys
from me_api.realtime.connections import connections
from me_api.realtime.pending_commit import PendingCommit
from me_api.realtime.token_watch import token_watch
from me_api.realtime.websocket import Peer, WebSocket, WebSocketHandler
from me_api.validation import validate

_JOIN = re.compile(r"/join(?!\S)", re.IGNORECASE)
JOIN_HELP = "/join NICK - the same as /nick"


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
        own: bool,
    ) -> None:
        super().__init__(socket)
        self._codec, self._room = codec, room
        self._kind = RoomConnection if own else ConnectionWithoutOwn
        self._peer = Peer(socket, socket.sid, codec.name, socket.context)
        self._identity, self._nick, self._since = identity, nick, since

    @property
    def rate_keys(self) -> RateKeys:
        """The buckets in which messages are counted."""
        return self._client.rate_keys

    def on_open(self) -> None:
        """Replay the missed messages, then subscribe the client and add it to the room."""
        self._client = self._connect()
        # Since the handshake the room may have been closed to guests or deleted, or its client
        # banned: it is sent why, and closed.
        access.readable(self._room, self._client.identity)
        log.tail.start(self._client.subscriber)
        if self._client.subscriber.live:
            self._codec.on_live(self._client)
            # It may have ended while the client was sent what it had missed.
            self._client.report_ended_token()

    def on_message(self, message: str | bytes) -> PendingCommit | None:
        """Post the client's message, or replace its token."""
        fields = self._codec.fields(message)
        if dialect.is_course(fields):
            return self._post_as_course(fields)
        if "event" in fields:
            self._authenticate(validate(NativeAuthenticate, fields))
            return None
        body = validate(NativePost, fields)
        return self._post(body.content, body.key)

    def _authenticate(self, body: NativeAuthenticate) -> None:
        token_watch.renew(self._client, body.token)
        user = self._client.identity.user_info
        self._send_event("authenticated", {"user": user} | _key_field(body.key))

    def _post_as_course(self, fields: dict[str, Any]) -> PendingCommit | None:
        """Take the nick in an object of the course's clients, and post the text in it."""
        post = dialect.read(fields, settings.message_max_length)
        key = validate(NativeKey, {"key": post.key}).key
        if post.nick is not None and fold(post.nick) != fold(self._client.nick or ""):
            NativeAuthor(self._client).rename(post.nick)
        if post.text is not None:
            return self._post(post.text, key)
        text = f"You are {self._client.nick} now."
        self._send_event("notice", {"text": text} | _key_field(key))
        return None

    def _post(self, content: str, key: str | None) -> PendingCommit | None:
        """Post a message; it is sent to all in the room, including the client unless `own=no`."""
        text, author = _command(content), NativeAuthor(self._client)
        prepared = service.prepare(author, self._room, text, key)
        if isinstance(prepared, PostMessage):
            self._client.begin_post()
            not_stored = partial(self._client.end_post, None)
            return PendingCommit(prepared, partial(self._answer_post, key), not_stored)
        notice = prepared.notice or ""
        more = f"\n{JOIN_HELP}" if notice == commands.HELP else ""
        self._send_event("notice", {"text": notice + more} | _key_field(key))
        return None

    def _answer_post(self, key: str | None, stored: tuple[dict[str, Any], bool]) -> None:
        message, _ = stored
        self._client.end_post(message["rev"])
        if key is not None:
            self._send_event("stored", {"key": key, "message": message})
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
        client = connections.add(self._kind, self._peer, self._codec, self._identity, since)
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
