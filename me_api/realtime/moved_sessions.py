"""Sessions whose clients come back: the older connection is closed, on this node or another."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import Context, copy_context

from sqlalchemy.exc import DBAPIError

from me_api.auth.identity import Identity, digest
from me_api.cluster import Cluster, Soft
from me_api.concurrency import Loop
from me_api.realtime.connection import Connection
from me_api.recovery.service import Recovery, Resumption
from me_api.transport import Peer

logger = logging.getLogger(__name__)

MAX_BATCH = 256
"""The most sessions that are looked up by one query."""


class MovedSessions:
    """Closes the connections that clients had before, and has other nodes close theirs.

    `connected` are the connections by their hashed pids.
    """

    def __init__(
        self,
        loop: Loop,
        cluster: Cluster,
        recovery: Recovery,
        connected: Mapping[str, Connection],
    ) -> None:
        self._loop, self._cluster, self._recovery = loop, cluster, recovery
        self._connected = connected
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

    def announce(self, resumption: Resumption) -> None:
        """Close the older connection, if it was on another node; the session is on disk by now.

        Never waits.
        """
        node = resumption.stored.node
        if node not in (None, self._cluster.name):
            self._cluster.send("drop", {"pid": resumption.stored.pid, "node": node})

    def _receive(self, soft: Soft) -> None:
        if soft.body["node"] == self._cluster.name and soft.body["pid"] in self._connected:
            # It may arrive when the client has come back here already: the session's row decides.
            self._loop.spawn(self._context.copy().run, self._close_moved, [soft.body["pid"]])

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
        """Close the connections whose sessions another node has."""
        # Of a connection that is being opened, the row still says where the client was before.
        known = {
            pid: connection
            for pid in pids
            if (connection := self._connected.get(pid)) is not None and connection.stored
        }
        try:
            moved = self._recovery.elsewhere(list(known), self._cluster.name)
        except DBAPIError as error:
            logger.warning("where sessions are was not read: %s", error)
            return
        for pid in moved:
            # Reading may have waited, and the client may have come back.
            if self._connected.get(pid) is known[pid]:
                known[pid].peer.drop()
