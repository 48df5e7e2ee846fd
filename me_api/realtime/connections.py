"""All connections: connecting, resuming a session without a gap, and disconnecting.

The order on the wire: authentication, the session's row on disk, CONNECT, replay, `ready`, live.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from me_api.auth.identity import Identity, digest, identify
from me_api.cluster import Cluster
from me_api.concurrency import Loop
from me_api.eventlog import EventLog, Subscriber
from me_api.extensions import app_extension
from me_api.realtime.auth_payload import AuthPayload
from me_api.realtime.connection import Connection, StatelessConnection
from me_api.realtime.holders import Holders
from me_api.realtime.namespace import Namespace
from me_api.realtime.node_sessions import NodeSessions, SessionEndedError, claim_nick
from me_api.realtime.ready import ready_body, start_or_close
from me_api.realtime.token_watch import TokenWatch
from me_api.recovery.heartbeat import SessionHeartbeat
from me_api.recovery.service import Recovery, Resumption, new_pid, sid_of
from me_api.transport import ConnectResult, Peer

DISCONNECTED = ConnectResult(None, lambda: None)
S = TypeVar("S", bound=StatelessConnection)


class ConnectionManager:
    """All connections of this process."""

    def __init__(
        self,
        loop: Loop,
        log: EventLog,
        recovery: Recovery,
        watch: TokenWatch,
        holders: Holders,
        cluster: Cluster,
    ) -> None:
        self._log = log
        self._token_watch, self._holders = watch, holders
        self._recovery = recovery
        self.by_peer: dict[Peer, Connection] = {}
        self._by_pid: dict[str, Connection] = {}
        """By the hash of the pid."""
        self.sessions = NodeSessions(loop, log, cluster, recovery, self._by_pid)
        node = cluster.name if cluster.has_others else None
        self.heartbeat = SessionHeartbeat(loop, log, recovery, self._by_pid.keys, node)

    def connect(self, peer: Peer, namespace: Namespace, auth: AuthPayload) -> ConnectResult:
        """Accept a connection, resuming its session if nothing in between has been lost.

        Raises `ApiError` if the client is refused. The session is on disk when this returns.
        """
        identity = identify(auth.token, auth.guest, peer.socket.address)
        self._holders.check(identity)
        if auth.pid is None:
            return self._admit(peer, namespace, identity, auth, None)
        with self.sessions.resuming(digest(auth.pid)):
            self.sessions.close_predecessor(peer, identity, auth.pid)
            resumption = self._resume(namespace, identity, auth)
            try:
                return self._admit(peer, namespace, identity, auth, resumption)
            except SessionEndedError:
                return self._admit(peer, namespace, identity, auth, None)

    def _admit(
        self,
        peer: Peer,
        namespace: Namespace,
        identity: Identity,
        auth: AuthPayload,
        resumption: Resumption | None,
    ) -> ConnectResult:
        """Register a client, and store its session. Raises `SessionEndedError`."""
        connection = self._open(peer, namespace, identity, auth, resumption)
        # Reading may have waited, and another may have resumed the same session.
        if peer.disconnected:
            return DISCONNECTED
        if auth.pid is not None:
            self.sessions.close_predecessor(peer, identity, auth.pid)
        self._holders.add(connection)
        self._by_pid[digest(connection.pid)] = connection
        self.by_peer[peer] = connection
        self._token_watch.add(connection)
        try:
            claim_nick(connection, auth, resumption)
            if connection.closed:
                namespace.on_disconnect(connection)  # Releases the nick.
                return DISCONNECTED
            self.sessions.save(connection, resumption)
        except Exception:
            self.disconnect(peer, explicit=False)
            raise
        return ConnectResult(connection.pid, lambda: start_or_close(self._start, connection))

    def connect_stateless(
        self, peer: Peer, namespace: Namespace, auth: AuthPayload
    ) -> ConnectResult:
        """Accept a connection without a session; raise `ApiError` if the client is refused."""
        identity = identify(auth.token, auth.guest, peer.socket.address)
        namespace.check_scope(identity)
        if peer.disconnected:
            return DISCONNECTED
        start = self._log.delivered
        kind = namespace.connection_class or StatelessConnection
        connection = self.add(kind, peer, namespace, identity, start)
        topics = namespace.initial_topics(start)
        connection.subscriber = Subscriber(connection, topics, start)
        namespace.on_accepted(connection, auth)
        return ConnectResult(None, lambda: start_or_close(self._start_stateless, connection))

    def add(
        self, kind: type[S], peer: Peer, namespace: Namespace, identity: Identity, start: int
    ) -> S:
        """Register and return the connection of a client without a session.

        Raises `Banned` if the client is banned from the site.
        """
        pid = new_pid()
        known = identity.with_pid(pid)
        anonymous = identity.sender is None
        connection = kind(
            peer, namespace=namespace, identity=known, pid=pid, start=start, anonymous=anonymous
        )
        self._holders.add(connection)
        self.by_peer[peer] = connection
        self._token_watch.add(connection)
        return connection

    def disconnect(self, peer: Peer, *, explicit: bool) -> None:
        """Remove a connection; an explicit disconnect ends its session. Never blocks."""
        connection = self.by_peer.pop(peer, None)
        if connection is None:
            return
        self._token_watch.remove(connection)
        self._holders.remove(connection)
        # A client that has reconnected meanwhile holds the pid: then the session goes on.
        pid = digest(connection.pid)
        if self._by_pid.get(pid) is connection:
            del self._by_pid[pid]
            if explicit:
                self.heartbeat.end_session(pid)
        self._log.tail.close(connection.subscriber)
        connection.namespace.on_disconnect(connection)

    def count(self, namespace: str) -> int:
        """Return the number of clients in a namespace."""
        return sum(c.namespace.name == namespace for c in self.by_peer.values())

    def _resume(
        self, namespace: Namespace, identity: Identity, auth: AuthPayload
    ) -> Resumption | None:
        """Find the session of a client that reconnects; None if it cannot be complete."""
        if auth.pid is None or digest(auth.pid) in self.heartbeat.ended:
            return None
        sender = identity.sender_with(auth.pid)
        resumption = self._recovery.find(auth.pid, auth.offset, namespace.name, sender)
        if resumption is None:
            return None
        topics = namespace.readable_topics(resumption.topics, identity)
        if not self._recovery.within_limit(topics, resumption.after):
            return None
        return replace(resumption, topics=topics)

    def _open(
        self,
        peer: Peer,
        namespace: Namespace,
        identity: Identity,
        auth: AuthPayload,
        resumption: Resumption | None,
    ) -> Connection:
        pid = auth.pid if resumption and auth.pid else new_pid()
        peer.sid = sid_of(pid)
        start = resumption.start if resumption else self._log.delivered
        topics = resumption.topics if resumption else namespace.initial_topics(start)
        known = identity.with_pid(pid)
        connection = Connection(
            peer,
            namespace=namespace,
            identity=known,
            pid=pid,
            start=start,
            anonymous=identity.sender is None,
            saved_topics=dict(topics),
        )
        after = resumption.after if resumption else start
        connection.subscriber = Subscriber(connection, topics, after)
        return connection

    def _start(self, connection: Connection) -> None:
        """Replay what the client has missed, send `ready`, and go live."""
        if self._subscribe(connection):
            connection.peer.emit("ready", ready_body(connection), str(self._log.delivered))
            connection.namespace.on_live(connection)
            # It may have ended while the client was sent what it had missed.
            connection.report_ended_token()

    def _start_stateless(self, connection: Connection) -> None:
        if self._subscribe(connection):
            connection.namespace.on_live(connection)

    def _subscribe(self, connection: Connection) -> bool:
        """Start the subscription; return False if the client has disconnected meanwhile."""
        connection.namespace.on_connecting(connection)
        # A room may have been closed to guests while the session was stored.
        connection.revoke_unreadable()
        self._log.tail.start(connection.subscriber)
        return not connection.subscriber.closed


connections: ConnectionManager = app_extension("connections")
