"""The chat's Socket.IO namespace `/chat`: its topics, nicks and members."""

from __future__ import annotations

from functools import partial
from typing import Any

from me_api.auth.bans import Ban
from me_api.auth.identity import Identity
from me_api.auth.users import User
from me_api.chat import renaming, service
from me_api.chat.author import ConnectionAuthor, resolve_nick
from me_api.chat.guests import remove_guest
from me_api.chat.presence.registry import presence
from me_api.chat.server_events import CHAT, ChatReady
from me_api.errors import ApiError
from me_api.realtime.events import Connection, Namespace


class ChatNamespace(Namespace):
    """The namespace `/chat`: connections join rooms, and are members of them."""

    name = CHAT
    log_event = "message"
    ready_schema = ChatReady

    def readable_topics(self, topics: dict[str, int], identity: Identity) -> dict[str, int]:
        """Return the topics of rooms that this client may read now."""
        return service.readable_topics(topics, identity)

    def claim_nick(self, connection: Connection, nick: str | None) -> None:
        """Claim the nick for the connection; without one, the client may only read.

        Raises what `resolve_nick` raises.
        """
        if nick is not None:
            nick, verified = resolve_nick(connection.identity, nick)
            presence.claim_nick(nick, connection)
            # Set first: if the client disconnects while it is confirmed, the nick is released.
            connection.nick, connection.verified = nick, verified
            try:
                presence.nicknames.confirm(nick, connection)
            except ApiError:
                connection.nick = None
                presence.nicknames.release_unused(nick, connection)
                raise

    def ready_fields(self, connection: Connection) -> dict[str, Any]:
        """Return the field `rooms`: those that the resumed session is in."""
        return {"rooms": [name.partition(":")[2] for name in connection.subscriber.topics]}

    def on_connecting(self, connection: Connection) -> None:
        """Register the connection, so that it can be removed from a room that is closed."""
        presence.hidden.add(connection)

    def on_live(self, connection: Connection) -> None:
        """Add the connection to its rooms."""
        presence.hidden.discard(connection)
        for name in connection.subscriber.topics:
            presence.add(name.partition(":")[2], connection)

    def on_token_expired(self, connection: Connection) -> None:
        """Remove the client from the rooms that are closed to guests."""
        topics = dict(connection.subscriber.topics)
        readable = self.readable_topics(topics, connection.identity)
        for name in topics.keys() - readable.keys():
            remove_guest(connection, name.partition(":")[2])

    def on_user_changed(self, connection: Connection, before: User) -> None:
        """Show the client under a new nick, if it had the old one; send it its user."""
        if renaming.concerns(connection, connection.nick, before):
            renaming.rename_later(
                lambda: ConnectionAuthor(connection), partial(self._send_user, connection)
            )
        else:
            self._send_user(connection)

    def _send_user(self, connection: Connection) -> None:
        if self.recovers:
            body = {"nick": connection.nick, "user": connection.identity.user_info}
            connection.notify("user", body)

    def on_banned(self, connection: Connection, ban: Ban) -> None:
        """Send the client why, and remove it: from a room, or from all at once."""
        topics = {*connection.subscriber.topics, *connection.saved_topics}
        names = [name.partition(":")[2] for name in topics]
        if ban.room is not None:
            if ban.room in names:
                connection.peer.emit("banned", ban.body)
                remove_guest(connection, ban.room)
            return
        for name in names:
            presence.remove(name, connection)
        super().on_banned(connection, ban)

    def on_disconnect(self, connection: Connection) -> None:
        """Start the grace period of the client, and release its nick."""
        presence.hidden.discard(connection)
        presence.disconnect(connection)
        if connection.nick is not None:
            presence.nicknames.release(connection.nick, connection)
