"""Replicas of presence: whatever is lost, doubled or reordered, the next snapshot is right."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from me_api.chat.presence.replicas import (
    MAX_LATER,
    MAX_SNAPSHOTS,
    Delta,
    Difference,
    Key,
    Replica,
    Replicas,
    Snapshot,
    Value,
)
from tests.cluster.settings import relaxed

keys = st.tuples(st.sampled_from(["", "lobby", "other"]), st.sampled_from("abcde"))
nicks = st.sampled_from(["mos", "doe"])
values = st.one_of(st.none(), st.tuples(nicks, st.booleans(), st.booleans()))
steps = st.lists(
    st.one_of(
        st.dictionaries(keys, values, min_size=1, max_size=3),
        st.sampled_from(["snapshot", "restart"]),
    ),
    max_size=30,
)


@dataclass
class Node:
    """A node that changes what it has, and sends what has changed."""

    name: str = "b"
    incarnation: int = 1
    seq: int = 0
    entries: dict[Key, Value] = field(default_factory=dict)

    def do(self, step: Any) -> list[Delta | Snapshot]:
        """Take a step and return the messages to send."""
        if step == "restart":
            self.incarnation, self.seq, self.entries = self.incarnation + 1, 0, {}
            return []
        if step == "snapshot":
            return list(self.snapshot())
        for key, value in step.items():
            if value is None:
                self.entries.pop(key, None)
            else:
                self.entries[key] = value
        self.seq += 1
        return [Delta(self.name, self.incarnation, self.seq, step)]

    def snapshot(self, parts: int = 2) -> list[Snapshot]:
        """Return all that the node has, in parts."""
        shares: list[dict[Key, Value]] = [{} for _ in range(parts)]
        for number, key in enumerate(sorted(self.entries)):
            shares[number % parts][key] = self.entries[key]
        return [
            Snapshot(self.name, self.incarnation, self.seq, part, parts, share)
            for part, share in enumerate(shares)
        ]


@dataclass
class Receiver:
    """A node that keeps replicas, and what its changes have added up to."""

    replicas: Replicas = field(default_factory=Replicas)
    shown: dict[Key, Value] = field(default_factory=dict)
    incomplete: bool = True

    def receive(self, message: Delta | Snapshot) -> None:
        outcome = self.replicas.add(message)
        self.incomplete = outcome.incomplete
        for change in (*outcome.restarted, *outcome.changes):
            self.show(change)
        assert self.shown == self.replicas.entries("b")

    def show(self, change: Difference) -> None:
        assert self.shown.get(change.key) == change.old != change.new
        if change.new is None:
            del self.shown[change.key]
        else:
            self.shown[change.key] = change.new


@relaxed
@given(steps, st.data())
def test_any_loss_order_and_doubling_ends_with_the_next_snapshot(
    order: list[Any], data: st.DataObject
) -> None:
    node, receiver = Node(), Receiver()
    sent = [message for step in order for message in node.do(step)]
    arriving = data.draw(st.lists(st.sampled_from(sent), max_size=40)) if sent else []
    late = data.draw(st.lists(st.sampled_from(sent), max_size=5)) if sent else []
    for message in arriving:
        receiver.receive(message)
    last = data.draw(st.permutations([*node.snapshot(), *late]))
    for message in last:
        receiver.receive(message)
    assert receiver.shown == node.entries
    assert not receiver.incomplete or any(message in last for message in late)


@relaxed
@given(steps)
def test_without_loss_every_change_arrives_with_the_message_that_carries_it(
    order: list[Any],
) -> None:
    node, receiver = Node(), Receiver()
    for message in node.snapshot():
        receiver.receive(message)
    for step in order:
        for message in node.do(step):
            receiver.receive(message)
        if step == "restart":
            for message in node.snapshot():
                receiver.receive(message)
        assert receiver.shown == node.entries
        assert not receiver.incomplete


@relaxed
@given(st.permutations(range(6)))
def test_changes_that_overtake_each_other_are_applied_in_their_order(order: list[int]) -> None:
    node, receiver = Node(), Receiver()
    first = node.snapshot()
    deltas = [node.do({("lobby", "a"): (f"nick {number}", False, True)})[0] for number in range(6)]
    for message in first:
        receiver.receive(message)
    for number in order:
        receiver.receive(deltas[number])
    assert receiver.shown == {("lobby", "a"): ("nick 5", False, True)}
    assert not receiver.incomplete


def test_a_gap_asks_for_a_snapshot() -> None:
    node, receiver = Node(), Receiver()
    for message in node.snapshot():
        receiver.receive(message)
    assert not receiver.incomplete
    node.do({("lobby", "a"): ("mos", False, True)})
    receiver.receive(node.do({("lobby", "b"): ("doe", False, True)})[0])
    assert receiver.incomplete and receiver.shown == {}


def test_what_is_kept_for_later_is_bounded() -> None:
    replicas = Replicas()
    for seq in range(2, 3 * MAX_LATER):
        replicas.add(Delta("b", 1, seq, {("lobby", "a"): (str(seq), False, True)}))
    assert len(replicas._nodes["b"]._later) == MAX_LATER


def test_a_message_of_an_older_incarnation_is_ignored() -> None:
    receiver = Receiver()
    old, new = Node(entries={("lobby", "a"): ("mos", False, True)}), Node(incarnation=2)
    for message in [*new.snapshot(), *old.snapshot()]:
        receiver.receive(message)
    assert receiver.shown == {}


def test_of_snapshots_that_are_never_complete_the_newest_are_kept() -> None:
    replica = Replica(1)
    for seq in range(1, MAX_SNAPSHOTS + 10):
        assert replica.add_snapshot(Snapshot("b", 1, seq, 0, 2, {})) == []
    assert [seq for seq, _ in replica._parts] == list(range(10, MAX_SNAPSHOTS + 10))
    entries = {("lobby", "a"): ("mos", False, True)}
    replica.add_snapshot(Snapshot("b", 1, 10, 1, 2, entries))
    assert (replica.seq, replica.entries) == (10, entries)
