"""Connecting: from a handshake to a live connection that misses nothing.

The order on the wire: authenticate, the session's row on disk, CONNECT, replay, `ready`, live.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from flask import Flask

from me_api.auth.identity import Identity, digest, guest_sender, identify
from me_api.concurrency import Loop
from me_api.errors import ApiError
from me_api.eventlog import EventLog, Subscriber
from me_api.rate_limits import POSTS
from me_api.realtime.auth_payload import AuthPayload
from me_api.realtime.connection import Connection, Namespace, StatelessConnection
from me_api.recovery.heartbeat import SessionHeartbeat
from me_api.recovery.service import Recovery, Resumption, new_pid
from me_api.storage.failures import is_storage_failure
from me_api.transport import ConnectResult, Peer

L = TypeVar("L", bound=StatelessConnection)


class ConnectionManager:
    """All connections of this process."""

    def __init__(self, app: Flask, loop: Loop, log: EventLog, recovery: Recovery) -> None:
        self._log = log
        self._recovery = recovery
        self._settings = app.config["SETTINGS"]
        self.connections: dict[str, Connection] = {}
        self._by_pid: dict[str, Connection] = {}
        self.heartbeat = SessionHeartbeat(loop, log, recovery, self._by_pid.keys)

    def connect(self, peer: Peer, namespace: Namespace, handshake: AuthPayload) -> ConnectResult:
        """Let a client in; it goes on with its session where that can be complete."""
        identity = identify(handshake.token, handshake.guest)
        self._close_older(peer, identity, handshake)
        resumed = self._resume(namespace, identity, handshake)
        connection = self._connection(peer, namespace, identity, handshake, resumed)
        self._register(connection)
        try:
            self._claim_nick(connection, handshake, resumed)
            self._store(connection, resumed)
        except Exception:
            self.disconnect(peer.sid, explicit=False)
            raise
        return ConnectResult(connection.pid, lambda: _begin(self._begin, connection))

    def connect_stateless(
        self, peer: Peer, namespace: Namespace, handshake: AuthPayload
    ) -> ConnectResult:
        """Let a client in that has no session: what it misses while it is away, it does not get."""
        identity = identify(handshake.token, handshake.guest)
        start = self._log.delivered
        connection = self.add(StatelessConnection, peer, namespace, identity, start)
        connection.subscriber = Subscriber(connection, namespace.initial_topics(start), start)
        namespace.claim_nick(connection, handshake.nick)

        def begin(connection: Connection) -> None:
            namespace.on_connecting(connection)
            connection.revoke_unreadable()
            self._log.tail.start(connection.subscriber)
            if not connection.subscriber.closed:
                namespace.on_live(connection)

        return ConnectResult(None, lambda: _begin(begin, connection))

    def add(
        self, kind: type[L], peer: Peer, namespace: Namespace, identity: Identity, start: int
    ) -> L:
        """Make the connection of a client without a session."""
        pid = new_pid()
        known = Identity(_sender(identity, pid), identity.user)
        connection = kind(peer, namespace, known, pid, start)
        self.connections[peer.sid] = connection
        return connection

    def disconnect(self, sid: str, *, explicit: bool) -> None:
        """Let a client go; an explicit disconnect ends its session. Never waits."""
        connection = self.connections.pop(sid, None)
        if connection is None:
            return
        if self._by_pid.get(connection.pid) is connection:
            del self._by_pid[connection.pid]
            if explicit:
                self.heartbeat.end_session(digest(connection.pid))
        self._log.tail.close(connection.subscriber)
        connection.namespace.on_disconnect(connection)

    def count(self, namespace: str) -> int:
        """Count the clients in a namespace."""
        return sum(c.namespace.name == namespace for c in self.connections.values())

    def _resume(
        self, namespace: Namespace, identity: Identity, handshake: AuthPayload
    ) -> Resumption | None:
        if handshake.pid is None or digest(handshake.pid) in self.heartbeat.ended:
            return None
        sender = _sender(identity, handshake.pid)
        found = self._recovery.find(handshake.pid, handshake.offset, namespace.name, sender)
        if found is None:
            return None
        topics = namespace.readable_topics(found.topics, identity)
        if not self._recovery.within_limit(topics, found.after):
            return None
        return replace(found, topics=topics)

    def _connection(
        self,
        peer: Peer,
        namespace: Namespace,
        identity: Identity,
        handshake: AuthPayload,
        resumed: Resumption | None,
    ) -> Connection:
        pid = handshake.pid if resumed and handshake.pid else new_pid()
        start = resumed.start if resumed else self._log.delivered
        topics = resumed.topics if resumed else namespace.initial_topics(start)
        sender = _sender(identity, pid)
        connection = Connection(
            peer, namespace, Identity(sender, identity.user), pid, start, saved_topics=dict(topics)
        )
        connection.subscriber = Subscriber(connection, topics, resumed.after if resumed else start)
        return connection

    def _close_older(self, peer: Peer, identity: Identity, handshake: AuthPayload) -> None:
        """Close the socket, unread, that the same client had with this pid: it is dead or dying.

        Not where it is the one that asks, with the pid of its other namespace.
        """
        older = self._by_pid.get(handshake.pid or "")
        if older is None or older.peer.socket is peer.socket:
            return
        if older.sender == _sender(identity, older.pid):
            older.peer.drop()

    def _register(self, connection: Connection) -> None:
        self._by_pid[connection.pid] = connection
        self.connections[connection.peer.sid] = connection

    def _store(self, connection: Connection, resumed: Resumption | None) -> None:
        """Have the session on disk; one that goes on as it was is there already."""
        session = connection.session_change()
        if resumed is None or resumed.stored != session:
            self._log.commit(session)
        elif not resumed.fresh:
            self._log.commit_later(self._recovery.touch([session.pid]))

    def _claim_nick(
        self, connection: Connection, handshake: AuthPayload, resumed: Resumption | None
    ) -> None:
        """Take the nick; who comes back and finds it taken meanwhile goes on without one."""
        user = connection.identity.user
        kept = resumed.nick if resumed else None
        nick = handshake.nick or kept or (user.nick if user else None)
        try:
            connection.namespace.claim_nick(connection, nick)
        except ApiError:
            if resumed is None:
                raise
            connection.nick = None

    def _begin(self, connection: Connection) -> None:
        connection.namespace.on_connecting(connection)
        # A room may have been closed to guests while the session was stored.
        connection.revoke_unreadable()
        self._log.tail.start(connection.subscriber)
        if connection.subscriber.closed:
            return
        connection.peer.emit("ready", self._ready(connection), str(self._log.delivered))
        connection.namespace.on_live(connection)

    def _ready(self, connection: Connection) -> dict[str, Any]:
        user = connection.identity.user
        return {
            "nick": connection.nick,
            "user": {"email": user.email, "nick": user.nick, "role": user.role} if user else None,
            "rev": self._log.delivered,
            "epoch": self._log.epoch,
            **connection.namespace.ready_fields(connection),
            "limits": {
                "message_length": self._settings.message_max_length,
                "posts_per_second": POSTS.per_second,
                "posts_burst": POSTS.burst,
                "recovery_hours": self._settings.recovery_hours,
                "recovery_limit": self._settings.recovery_limit,
            },
        }


def _begin(begin: Callable[[Connection], None], connection: Connection) -> None:
    """Begin a connection, or end it: half begun it would never be told anything."""
    try:
        begin(connection)
    except Exception as error:
        connection.peer.drop()
        if not is_storage_failure(error):
            raise


def _sender(identity: Identity, pid: str) -> str:
    """Tell whose a connection is; a guest without a secret has the pid for it."""
    return identity.sender or guest_sender(pid)
