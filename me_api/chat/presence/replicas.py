"""What other nodes have said of who is present there: one copy for each node.

Pure: it neither sends nor waits. Messages may be lost, doubled, and arrive in any order; each copy
is right again after the next complete snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_LATER = 256
"""The most changes of a node that are kept while one before them is missing."""
MAX_SNAPSHOTS = 4
"""The most incomplete snapshots of a node that are kept."""

Key = tuple[str, str]
"""The name of a room and a sender in it; without a room, a sender's name that is in use."""
Value = tuple[str, bool, bool]
"""A nick, whether it is verified, and whether it is connected, or in its grace period."""
Changes = Mapping[Key, Value | None]
"""New values by key; None for what is gone."""


class Difference(NamedTuple):
    """A change of what a node has: None is absence."""

    key: Key
    old: Value | None
    new: Value | None


@dataclass(frozen=True, slots=True)
class Delta:
    """The changes number `seq` of a node, which counts them from 1 in each incarnation."""

    node: str
    incarnation: int
    seq: int
    changes: Changes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A part of all that a node has after its changes number `seq`."""

    node: str
    incarnation: int
    seq: int
    part: int
    parts: int
    entries: Mapping[Key, Value]


@dataclass(slots=True)
class Outcome:
    """What a message has changed, and whether something before it is missing.

    `restarted` is what the node had in an incarnation before this one.
    """

    changes: Sequence[Difference] = ()
    incomplete: bool = False
    restarted: Sequence[Difference] = ()


@dataclass(slots=True)
class Replica:
    """The copy of one node. `seq` is None until the first snapshot is complete."""

    incarnation: int
    seq: int | None = None
    entries: dict[Key, Value] = field(default_factory=dict)
    _later: dict[int, Changes] = field(default_factory=dict)
    _parts: dict[tuple[int, int], dict[int, Mapping[Key, Value]]] = field(default_factory=dict)

    @property
    def incomplete(self) -> bool:
        """Whether only a snapshot, or changes that are on their way, make this copy right."""
        return self.seq is None or bool(self._later)

    def add_delta(self, delta: Delta) -> list[Difference]:
        """Apply changes, or keep them until those before them have arrived."""
        if self.seq is not None and delta.seq <= self.seq:
            return []
        self._later[delta.seq] = delta.changes
        changes = self._catch_up()
        if len(self._later) > MAX_LATER:
            # The next snapshot contains them.
            del self._later[max(self._later)]
        return changes

    def add_snapshot(self, snapshot: Snapshot) -> list[Difference]:
        """Keep a part, and take over the whole when it is complete and not older."""
        if self.seq is not None and snapshot.seq < self.seq:
            return []
        name = (snapshot.seq, snapshot.parts)
        parts = self._parts.setdefault(name, {})
        parts[snapshot.part] = snapshot.entries
        if len(parts) < snapshot.parts:
            if len(self._parts) > MAX_SNAPSHOTS:
                del self._parts[min(self._parts)]
            return []
        whole = {key: value for part in parts.values() for key, value in part.items()}
        gone = dict.fromkeys(self.entries.keys() - whole.keys())
        changes = self._apply({**gone, **whole})
        self.seq = snapshot.seq
        self._parts = {name: kept for name, kept in self._parts.items() if name[0] > snapshot.seq}
        self._later = {seq: kept for seq, kept in self._later.items() if seq > snapshot.seq}
        return [*changes, *self._catch_up()]

    def _catch_up(self) -> list[Difference]:
        changes: list[Difference] = []
        while self.seq is not None and self.seq + 1 in self._later:
            self.seq += 1
            changes += self._apply(self._later.pop(self.seq))
        return changes

    def _apply(self, values: Changes) -> list[Difference]:
        changes = []
        for key, new in values.items():
            old = self.entries.get(key)
            if old == new:
                continue
            changes.append(Difference(key, old, new))
            if new is None:
                del self.entries[key]
            else:
                self.entries[key] = new
        return changes


class Replicas:
    """The copies of all other nodes, by their names."""

    def __init__(self) -> None:
        self._nodes: dict[str, Replica] = {}

    def add(self, message: Delta | Snapshot) -> Outcome:
        """Apply a message. One of an older incarnation, which a restart has ended, is ignored."""
        known = self._nodes.get(message.node)
        if known is not None and message.incarnation < known.incarnation:
            return Outcome()
        restarted: Sequence[Difference] = ()
        if known is None or message.incarnation > known.incarnation:
            restarted = self.drop(message.node)
            known = self._nodes[message.node] = Replica(message.incarnation)
        if isinstance(message, Delta):
            changes = known.add_delta(message)
        else:
            changes = known.add_snapshot(message)
        return Outcome(changes, known.incomplete, restarted)

    def is_behind(self, node: str, incarnation: int, seq: int) -> bool:
        """Return whether a node has had changes that its copy does not have."""
        replica = self._nodes.get(node)
        if replica is None or replica.incarnation < incarnation or replica.seq is None:
            return True
        return replica.incarnation == incarnation and replica.seq < seq

    def drop(self, node: str) -> list[Difference]:
        """Forget a node; return what it had, as differences to absence."""
        replica = self._nodes.pop(node, None)
        return (
            [Difference(key, old, None) for key, old in replica.entries.items()] if replica else []
        )

    def entries(self, node: str) -> Mapping[Key, Value]:
        """Return what a node has, as far as is known."""
        return self._nodes[node].entries if node in self._nodes else {}
