"""The sessions of this node: storing them, and closing connections whose clients are elsewhere."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import replace

from sqlalchemy.exc import DBAPIError

from me_api.auth.identity import Identity, digest
from me_api.cluster import Cluster, Soft
from me_api.concurrency import Loop
from me_api.errors import ApiError, StorageUnavailable
from me_api.eventlog import EventLog
from me_api.realtime.auth_payload import AuthPayload
from me_api.realtime.connection import Connection
from me_api.recovery.service import Recovery, Resumption
from me_api.transport import Peer

logger = logging.getLogger(__name__)

MAX_BATCH = 256
"""The most sessions that are looked up by one query."""


class SessionEndedError(Exception):
    """The session has ended, on another node, while it was being resumed."""


class NodeSessions:
    """Stores sessions as those of this node, and closes the connections that clients had before.

    Other nodes are asked to close theirs. `connected` are the connections by their hashed pids.
    """

    def __init__(
        self,
        loop: Loop,
        log: EventLog,
        cluster: Cluster,
        recovery: Recovery,
        connected: Mapping[str, Connection],
    ) -> None:
        self._loop, self._log, self._cluster, self._recovery = loop, log, cluster, recovery
        self._connected = connected
        self._resuming: defaultdict[str, int] = defaultdict(int)
        self._notified: set[str] = set()
        self._context = Context()

    def start(self) -> None:
        """Close connections whose sessions other nodes have, from now on."""
        if self._cluster.has_others:
            self._context = copy_context()
            self._cluster.subscribe("drop", self._receive)
            self._look()

    def close_predecessor(self, peer: Peer, identity: Identity, pid: str) -> None:
        """Close the connection that the same client had here with a pid: it is dead or dying."""
        predecessor = self._connected.get(digest(pid))
        # A client may offer, by mistake, the pid of its other namespace on the same connection.
        if predecessor is None or predecessor.peer.socket is peer.socket:
            return
        if predecessor.sender == identity.sender_with(predecessor.pid):
            predecessor.peer.drop()

    @contextmanager
    def resuming(self, pid: str) -> Iterator[None]:
        """Remember, while a session is being resumed, whether another node resumes it, too."""
        self._resuming[pid] += 1
        try:
            yield
        finally:
            self._resuming[pid] -= 1
            if not self._resuming[pid]:
                del self._resuming[pid]
                if pid in self._notified:
                    self._notified.discard(pid)
                    self._loop.spawn(self._context.copy().run, self._close_taken, pid)

    def save(self, connection: Connection, resumption: Resumption | None) -> None:
        """Store a session as that of this node; a resumed one that is unchanged is on disk already.

        Raises `SessionEndedError` for one that other nodes have ended.
        """
        session = connection.session_change()
        node = resumption.stored.node if resumption else None
        if resumption is None or resumption.stored != session:
            resumes = resumption is not None and self._cluster.has_others
            saved = self._log.commit(replace(session, claims=True, resumes=resumes))
            if resumes:
                if saved is None:
                    raise SessionEndedError
                # Not the node that was read: another may have resumed the session meanwhile.
                node = saved.node
        elif not resumption.fresh:
            self._log.commit_later(self._recovery.touch([session.pid]))
        connection.stored = True
        if node not in (None, self._cluster.name):
            self._cluster.send("drop", {"pid": session.pid, "node": node})

    def _receive(self, soft: Soft) -> None:
        pid = soft.body["pid"]
        if soft.body["node"] != self._cluster.name:
            return
        if pid in self._resuming:
            self._notified.add(pid)
        elif pid in self._connected:
            self._loop.spawn(self._context.copy().run, self._close_taken, pid)

    def _look(self) -> None:
        """Look regularly where the sessions are: a message may have been lost."""
        try:
            pids = list(self._connected)
            for begin in range(0, len(pids), MAX_BATCH):
                self._close_moved(pids[begin : begin + MAX_BATCH])
        finally:
            context = self._context.copy()
            self._loop.call_later(self._recovery.refresh, context.run, self._look)

    def _close_moved(self, pids: list[str]) -> None:
        """Close the connections whose sessions other nodes have."""
        self._close(pids, lambda node: node not in (None, self._cluster.name))

    def _close_taken(self, pid: str) -> None:
        """Close a connection whose session another node has taken, and maybe ended since."""
        # Its client may have come back here already: the session's row decides.
        self._close([pid], lambda node: node != self._cluster.name)

    def _close(self, pids: list[str], is_elsewhere: Callable[[str | None], bool]) -> None:
        # Of a connection that is being opened, the row still says where the client was before.
        known = {
            pid: connection
            for pid in pids
            if (connection := self._connected.get(pid)) is not None and connection.stored
        }
        if not known:
            return
        try:
            nodes = self._recovery.nodes(list(known))
        except DBAPIError as error:
            logger.warning("where sessions are was not read: %s", error)
            return
        for pid, connection in known.items():
            # Reading may have waited, and the client may have come back.
            if is_elsewhere(nodes.get(pid)) and self._connected.get(pid) is connection:
                connection.peer.drop()


def claim_nick(connection: Connection, auth: AuthPayload, resumption: Resumption | None) -> None:
    """Claim the nick; a resumed session continues without if another client has taken it."""
    user = connection.identity.user
    saved = resumption.nick if resumption else None
    nick = auth.nick or saved or (user.nick if user else None)
    try:
        connection.namespace.claim_nick(connection, nick)
    except ApiError as error:
        # Nobody has taken the nick if the database cannot be asked: the client tries again.
        if resumption is None or isinstance(error, StorageUnavailable):
            raise
        connection.nick = None
