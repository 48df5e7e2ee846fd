"""The namespace `/` of the course's clients: what those of one room and one dialect share.

There is no session. socket.io-client takes the last argument of an event for an offset if it is a
string, and a payload may be one; without a pid it does not try to recover.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from me_api.auth.bans import Ban, bans
from me_api.auth.identity import Identity
from me_api.auth.users import User
from me_api.chat import access, renaming, service
from me_api.chat.course import handshake
from me_api.chat.course.author import CourseAuthor
from me_api.chat.course.connection import CourseConnection
from me_api.chat.course.dialects import EXAMPLE, UNDECIDED, Dialect
from me_api.chat.course.room import CourseRoom, course_rooms, is_shown
from me_api.chat.feed import topic
from me_api.chat.presence.registry import presence
from me_api.chat.server_events import COURSE
from me_api.errors import Banned, Gone, NotFound
from me_api.eventlog import Batch, Entry, log
from me_api.realtime.auth_payload import AuthPayload
from me_api.realtime.events import Connection, Namespace
from me_api.realtime.namespace import PreparedPackets, broadcast, encode_events


class CourseNamespace(Namespace):
    """The namespace `/` for the clients in a room that speak a dialect."""

    name = COURSE
    log_event = "chat message"
    recovers = False
    connection_class = CourseConnection

    def __init__(self, room: CourseRoom, dialect: Dialect = UNDECIDED) -> None:
        self.room, self.dialect = room, dialect
        room.namespaces[dialect] = self

    def for_client(self, peer: Any, auth: Any) -> CourseNamespace:
        """Return the namespace of the room that a new client has named, in no dialect yet."""
        room = course_rooms.find(handshake.room_of(peer, auth))
        return room.namespaces.get(UNDECIDED) or CourseNamespace(room)

    def read_auth(self, auth: Any) -> AuthPayload:
        """Return what of an auth payload is known here; unknown fields are ignored."""
        return handshake.read_auth(auth)

    def speak(self, connection: Connection, dialect: Dialect) -> None:
        """Send to a client in another dialect from now on. Never waits."""
        if dialect is not self.dialect:
            log.tail.regroup(
                connection.subscriber,
                lambda: setattr(connection, "namespace", self._in(dialect)),
            )

    def encode_batch(self, batch: Batch) -> PreparedPackets:
        """Encode changes, once for all clients of this dialect but their authors."""
        dialect = self.spoken
        if dialect.name not in batch.encoded:
            events = [dialect.message_event(e.body) for e in batch.entries if is_shown(e)]
            batch.encoded[dialect.name] = encode_events(COURSE, events)
        packets: PreparedPackets = batch.encoded[dialect.name]
        return packets

    def broadcast(self, batch: Batch, targets: Collection[Any]) -> None:
        """Send changes to these live clients, to their authors as they have sent them."""
        authors = self.room.authors(batch)
        own = {c: authors[c] for c in authors if c.namespace is self and c.target in targets}
        if own:
            targets = set(targets).difference(connection.target for connection in own)
        if targets:
            broadcast(self.encode_batch(batch), targets)
        for connection, revs in own.items():
            connection.peer.push(self._encode_for_author(batch, revs))

    def encode_event(self, event: str, body: dict[str, Any]) -> PreparedPackets | None:
        """Encode what is about members, or a notice, which is a message of the server, too."""
        if event == "room":
            # That a room was deleted is sent when the client is removed from it.
            events = [] if body["deleted"] else [self.spoken.server_event(body["text"])]
        elif event == "notice":
            events = [[event, body], self.spoken.server_event(body["text"])]
        elif body["nick"] is None:
            return None
        else:
            made = self.dialect.member_event(self.dialect, event, body)
            events = [made] if made else []
        return encode_events(COURSE, events, droppable=True) if events else None

    def send_event(self, event: str, body: dict[str, Any], targets: Collection[Any]) -> None:
        """Send an event to these clients, and the end of `typing` if nobody else does."""
        super().send_event(event, body, targets)
        if self.dialect is not EXAMPLE:
            return
        if event == "typing":
            stop = partial(self.send_event, "stop typing", body, targets)
            self.room.typing.restart(body["nick"], stop)
        elif event == "stop typing":
            self.room.typing.cancel(body["nick"])

    def answer(self, connection: Connection, text: str) -> None:
        """Send a message of the server to one client."""
        connection.peer.emit(*self.spoken.server_event(text))

    @property
    def spoken(self) -> Dialect:
        """The dialect that its clients are sent."""
        return self.room.assumed if self.dialect is UNDECIDED else self.dialect

    def initial_topics(self, position: int) -> dict[str, int]:
        """Return the room: nobody has to join it."""
        return {topic(self.room.name): position}

    def readable_topics(self, topics: dict[str, int], identity: Identity) -> dict[str, int]:
        """Return the room if it exists and this client may read it."""
        return service.readable_topics(topics, identity)

    def check_scope(self, identity: Identity) -> None:
        """Raise `Forbidden` for a token that is not for reading the room."""
        identity.require("read", self.room.name)

    def on_accepted(self, connection: Any, auth: AuthPayload) -> None:
        """Save what the client has sent when it connected."""
        assert isinstance(auth, handshake.CourseAuth)
        connection.room, connection.claimed_nick = self.room.name, auth.nick
        connection.has_foreign_token = auth.has_foreign_token

    def on_connecting(self, connection: Connection) -> None:
        """Register the connection, so that the room can be closed and opened to it."""
        presence.hidden.add(connection)

    def on_live(self, connection: Any) -> None:
        """Make the client a member if it has named a nick; send it why it cannot read the room."""
        if connection.has_foreign_token:
            connection.peer.emit("notice", {"text": handshake.FOREIGN_TOKEN})
        if not connection.subscriber.topics:
            self._send_notice(connection, self._why_unreadable(connection.identity))
        elif connection.claimed_nick is not None:
            connection.name(connection.claimed_nick)

    def on_removed(self, connection: Connection) -> None:
        """Send a notice that the room has been closed to the client."""
        presence.remove(self.room.name, connection)
        self._send_notice(connection, self._why_unreadable(connection.identity))

    def on_banned(self, connection: Connection, ban: Ban) -> None:
        """Send the client why, and send it nothing of the room, or disconnect it."""
        if ban.room not in (None, self.room.name):
            return
        self._send_notice(connection, ban.text)
        log.tail.unsubscribe(connection.subscriber, topic(self.room.name))
        presence.remove(self.room.name, connection)
        if ban.room is None:
            super().on_banned(connection, ban)
        else:
            connection.peer.emit("banned", ban.body)

    def on_user_changed(self, connection: Any, before: User) -> None:
        """Show the client under its user's new nick, if it had the old one."""
        user = connection.identity.user
        if renaming.concerns(connection, connection.claimed_nick, before):
            connection.claimed_nick = user.nick
        if not renaming.concerns(connection, connection.nick, before):
            return
        if connection.holds_nick:
            renaming.rename_later(lambda: CourseAuthor(connection, None))
        else:
            connection.name(user.nick)

    def on_disconnect(self, connection: Connection) -> None:
        """Start the grace period of the client, and release its nick if it holds one."""
        presence.hidden.discard(connection)
        presence.unclaimed.forget(connection)
        presence.disconnect(connection)
        if connection.nick is not None:
            presence.nicknames.release(connection.nick, connection)

    def _in(self, dialect: Dialect) -> CourseNamespace:
        return self.room.namespaces.get(dialect) or CourseNamespace(self.room, dialect)

    def _encode_for_author(self, batch: Batch, revs: set[int]) -> PreparedPackets:
        shown = [entry for entry in batch.entries if is_shown(entry)]
        own = {number: self._encode_own(e) for number, e in enumerate(shown) if e.rev in revs}
        # Most often it is the only message, and nothing else has to be encoded.
        if len(shown) == 1:
            return own[0] or encode_events(COURSE, [])
        return self.encode_batch(batch).replaced(own)

    def _encode_own(self, entry: Entry) -> PreparedPackets | None:
        if not self.dialect.own:
            return None
        return encode_events(COURSE, [[self.dialect.event, entry.body["payload"]]])

    def _send_notice(self, connection: Connection, text: str) -> None:
        connection.peer.emit("notice", {"text": text})
        self.answer(connection, text)

    @property
    def _closed(self) -> str:
        return f"The {self.room.name} is closed to guests."

    def _why_unreadable(self, identity: Identity) -> str:
        try:
            access.find(self.room.name)
            bans.check(identity, self.room.name)
        except (NotFound, Gone, Banned) as error:
            return error.detail
        return self._closed
