"""What a feature defines of its Socket.IO namespace."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from me_api.auth.bans import Ban
from me_api.auth.identity import Identity
from me_api.auth.users import User
from me_api.errors import ApiError, envelope
from me_api.eventlog import Batch, Entry
from me_api.extensions import socketio
from me_api.realtime.auth_payload import AuthPayload
from me_api.realtime.schemas import Ready
from me_api.transport import Peer, PreparedMessage, PreparedPackets, broadcast, encode_events
from me_api.validation import validate

# What a feature needs that encodes by itself; features do not import the transport.
__all__ = ["Namespace", "PreparedMessage", "PreparedPackets", "broadcast", "encode_events"]


class Namespace:
    """A namespace, and the broadcaster of the changes that its clients are subscribed to.

    The hooks get the `Connection` (`Any` here: connections import namespaces).
    """

    name = "/"
    log_event = "message"
    """The event that carries a change of the log."""
    recovers = True
    """Whether clients get a pid, with which they can resume their session."""
    connection_class: type[Any] | None = None
    """What the connections of clients without a session are; by default `StatelessConnection`."""
    ready_schema: type[Ready] = Ready
    """What `ready` carries, for the description."""

    def for_client(self, peer: Peer, auth: Any) -> Namespace:
        """Return the namespace object for a new client: one for all, unless a feature has more."""
        return self

    def read_auth(self, auth: Any) -> AuthPayload:
        """Validate the `auth` payload of a new client; raise `Invalid`."""
        return validate(AuthPayload, auth if auth is not None else {})

    def event(self, entry: Entry) -> list[Any] | None:
        """Return a change as an event, or None if this namespace does not show it."""
        # The position is a string and comes last: the stock client stores it as its offset.
        return [self.log_event, entry.body, str(entry.rev)]

    def prepare(self, topics: Collection[str]) -> None:
        """Do nothing: encoding reads nothing."""

    def broadcast(self, batch: Batch, targets: Collection[Any]) -> None:
        """Send changes to all these live clients."""
        broadcast(self.encode_batch(batch), targets)

    def encode_event(self, event: str, body: dict[str, Any]) -> PreparedMessage | None:
        """Encode an event that is not of the log, or return None if it is not shown here."""
        return encode_events(self.name, [[event, body]], droppable=True)

    def send_event(self, event: str, body: dict[str, Any], targets: Collection[Any]) -> None:
        """Send an event that is not of the log to these clients, encoded once."""
        if message := self.encode_event(event, body):
            broadcast(message, targets)

    def encode_batch(self, batch: Batch) -> PreparedMessage:
        """Encode changes, once for all clients that receive the batch."""
        if self.name not in batch.encoded:
            events = [event for entry in batch.entries if (event := self.event(entry))]
            batch.encoded[self.name] = encode_events(self.name, events)
        message: PreparedMessage = batch.encoded[self.name]
        return message

    def readable_topics(self, topics: dict[str, int], identity: Identity) -> dict[str, int]:
        """Return those of the topics that this client may read now."""
        return topics

    def initial_topics(self, position: int) -> dict[str, int]:
        """Return the topics that a new client is subscribed to, each with its start."""
        return {}

    def check_scope(self, identity: Identity) -> None:
        """Raise `Forbidden` for a token that does not allow what every client here does."""

    def claim_nick(self, connection: Any, nick: str | None) -> None:
        """Set the nick of a connection, or raise an `ApiError` if it may not have it."""
        connection.nick = nick

    def on_accepted(self, connection: Any, auth: AuthPayload) -> None:
        """Handle what a client without a session has sent when it connected."""

    def ready_fields(self, connection: Any) -> dict[str, Any]:
        """Return the fields of `ready` that only this namespace has."""
        return {}

    def on_connecting(self, connection: Any) -> None:
        """Handle a client that is connected and whose replay is about to start."""

    def on_live(self, connection: Any) -> None:
        """Handle a client that has received everything it missed and is live."""

    def on_removed(self, connection: Any) -> None:
        """Handle a live client that may no longer read what it was subscribed to."""

    def on_token_expired(self, connection: Any) -> None:
        """Handle a client whose token has expired: it may read only what guests may."""
        connection.revoke_unreadable()

    def on_token_ended(self, connection: Any, error: ApiError) -> None:
        """Send a client with a session why its token is not valid any more."""
        if self.recovers:
            connection.notify("notice", {"text": error.detail, **envelope(error)})

    def on_user_changed(self, connection: Any, before: User) -> None:
        """Handle a client whose user was another one `before`. Must not wait."""

    def on_banned(self, connection: Any, ban: Ban) -> None:
        """Handle a client that has been banned: from the site, unless the ban is of a room."""
        if ban.room is None:
            connection.peer.emit("banned", ban.body)
            assert socketio.server is not None
            socketio.server.remove(connection.peer)

    def on_disconnect(self, connection: Any) -> None:
        """Handle a client that has disconnected, also if it has never been live."""
