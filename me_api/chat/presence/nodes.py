"""Presence on several nodes: sends what this one has to the others, and applies what they send.

Each node is the authority for its own connections. It sends what changes, numbered, and all that it
has when it is asked. A node that misses something asks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from time import monotonic
from typing import Any, Protocol

from me_api.chat.message_batch import NickCheck
from me_api.chat.presence import wire
from me_api.chat.presence.grace import Membership
from me_api.chat.presence.remote_nicks import RemoteNicks
from me_api.chat.presence.replicas import Delta, Difference, Key, Replicas, Snapshot, Value
from me_api.cluster import Cluster, Soft
from me_api.concurrency import Loop

STATE_SECONDS = 10.0
"""Seconds between two messages by which the others find out whether they have missed a change."""
ASK_SECONDS = 1.0
"""Seconds between two requests to a node for all that it has, and between its answers."""
PART = 200
"""Entries in one part of a snapshot."""


class RemoteMembers(Protocol):
    """The registry, as it receives the members of other nodes."""

    def set_remote(self, node: str, room: str, sender: str, value: Value) -> None:
        """Note that a node has a member, maybe under another nick than before."""

    def unset_remote(self, node: str, room: str, sender: str, *, grace: bool = False) -> None:
        """Note that a node has a member no longer; with `grace` they may come back."""


class NodesPresence:
    """Implements `SharedPresence` over a cluster. `members` is set before it is started."""

    members: RemoteMembers

    def __init__(self, loop: Loop, cluster: Cluster) -> None:
        self._loop, self._cluster = loop, cluster
        self._own: dict[Key, Value] = {}
        self._changed: dict[Key, Value | None] = {}
        self._seq = 0
        self._incarnation = 0
        self._replicas = Replicas()
        self._nicks = RemoteNicks()
        self._asked: set[str] = set()
        self._answering = False
        self._answered = 0.0

    def start(self) -> None:
        """Receive what the others send, ask them for all, and send them the state regularly."""
        for kind, handler in {
            "presence": lambda soft: self._add(wire.delta(soft)),
            "snapshot": lambda soft: self._add(wire.snapshot(soft)),
            "state": self._receive_state,
            "hello": self._receive_hello,
        }.items():
            self._cluster.subscribe(kind, handler)
        self._cluster.on_lost(self._lost)
        self._cluster.on_renewed(self._answer)
        self._cluster.on_connected(lambda: self._cluster.send("hello", {"to": ""}))
        self._send_state()

    def set(self, room: str, sender: str, value: Value | None) -> None:
        """Note what this node has, and send it at the end of the turn."""
        key = (room, sender)
        if value is None:
            self._own.pop(key, None)
        else:
            self._own[key] = value
        if not self._changed:
            self._loop.call_later(0, self._flush)
        self._changed[key] = value

    def claim(self, nick: str, sender: str) -> bool:
        """Hold a folded nick on all nodes; return False if another sender has it."""
        return self._cluster.claim(nick, sender)

    def release(self, nick: str) -> None:
        """Hold a folded nick no longer."""
        self._cluster.release(nick)

    def is_taken(self, nick: str, sender: str | None) -> bool:
        """Return whether another sender holds a folded nick on another node."""
        return self._cluster.is_held(nick, sender or "")

    def nick_check(self, nick: str, sender: str | None) -> NickCheck | None:
        """Return the same question, to be answered when a message is stored."""
        return NickCheck(nick, sender or "", self._cluster.name)

    def find_nick(self, nick: str) -> str | None:
        """Return a folded nick as it is shown, if somebody uses it on another node."""
        return self._nicks.find(nick)

    def members_named(self, nick: str) -> Collection[Membership]:
        """Return the members with this folded nick on other nodes."""
        return self._nicks.members(nick)

    def send(self, kind: str, body: dict[str, str], *, droppable: bool = False) -> None:
        """Send something to the other nodes that need not arrive."""
        self._cluster.send(kind, body, droppable=droppable)

    def _flush(self) -> None:
        if not self._changed:
            return
        changes, self._changed = self._changed, {}
        position = self._position()
        self._seq = position["seq"] = self._seq + 1
        self._cluster.send("presence", {**position, "changes": wire.encode(changes)})

    def _position(self) -> dict[str, Any]:
        """Return the incarnation, and the number of its last changes, which count from 1."""
        if self._incarnation != self._cluster.incarnation:
            self._incarnation, self._seq = self._cluster.incarnation, 0
        return {"incarnation": self._incarnation, "seq": self._seq}

    def _send_state(self) -> None:
        try:
            self._cluster.send("state", self._position())
        finally:
            self._loop.call_later(STATE_SECONDS, self._send_state)

    def _answer(self) -> None:
        """Send all that this node has."""
        self._answering, self._answered = False, monotonic()
        self._flush()
        parts = list(wire.chunks(self._own, PART)) or [{}]
        for number, part in enumerate(parts):
            place = {**self._position(), "part": number, "parts": len(parts)}
            self._cluster.send("snapshot", {**place, "entries": wire.encode(part)})

    def _receive_hello(self, soft: Soft) -> None:
        if soft.body["to"] in ("", self._cluster.name) and not self._answering:
            self._answering = True
            # One answer is for all nodes that ask within a second.
            delay = max(0.0, self._answered + ASK_SECONDS - monotonic())
            self._loop.call_later(delay, self._answer)
        if soft.body["to"] == "":
            # It was not connected, and neither has all of this node nor has this one all of it.
            self._ask(soft.node)

    def _receive_state(self, soft: Soft) -> None:
        if self._replicas.is_behind(soft.node, soft.body["incarnation"], soft.body["seq"]):
            self._ask(soft.node)

    def _add(self, message: Delta | Snapshot) -> None:
        outcome = self._replicas.add(message)
        self._apply(message.node, outcome.restarted, grace=True)
        self._apply(message.node, outcome.changes)
        if outcome.incomplete:
            self._ask(message.node)

    def _ask(self, node: str) -> None:
        """Ask a node for all that it has, at most once a second."""
        if node not in self._asked:
            self._asked.add(node)
            self._cluster.send("hello", {"to": node})
            self._loop.call_later(ASK_SECONDS, self._asked.discard, node)

    def _lost(self, node: str) -> None:
        self._apply(node, self._replicas.drop(node))

    def _apply(self, node: str, changes: Sequence[Difference], *, grace: bool = False) -> None:
        for change in changes:
            (room, sender), _, new = change
            if not room:
                self._nicks.set(node, sender, new)
                continue
            self._nicks.index(node, change)
            if new is None:
                self.members.unset_remote(node, room, sender, grace=grace)
            else:
                self.members.set_remote(node, room, sender, new)
