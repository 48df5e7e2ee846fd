"""Rings against a model: arbitrary loss, order and doubling; nothing is skipped, little is read."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_api.cluster.rings import (
    GAP_SECONDS,
    MAX_KEPT,
    PAUSE_SECONDS,
    PendingRings,
    Publish,
    Read,
    Ring,
    Wait,
    decode,
    follow_on,
    merge,
)
from tests.cluster.settings import relaxed

TICK = 0.001


class Arrival(NamedTuple):
    """A ring on its way: of which commit, after how many ticks, and whether it has entries."""

    commit: int
    delay: int
    carries: bool


arrivals = st.lists(
    st.builds(Arrival, st.integers(0, 30), st.integers(0, 40), st.booleans()), max_size=80
)


class Reader:
    """A node that publishes what rings announce, and notes what it did when."""

    def __init__(self) -> None:
        self.buffer = PendingRings()
        self.delivered = 0
        self.reads: list[float] = []
        self.published = 0

    def work(self, now: float) -> None:
        """Do all that is to be done now."""
        while True:
            step = self.buffer.step(self.delivered, now)
            if isinstance(step, Publish):
                assert step.ring.before <= self.delivered < step.ring.head
                self.delivered = step.ring.head
                self.published += 1
            elif isinstance(step, Read):
                assert step.head > self.delivered
                self.delivered = step.head
                self.reads.append(now)
                self.buffer.finish_read(now)
            else:
                assert step is None or step.until > now
                return


def commit(number: int, *, carries: bool) -> Ring:
    """Return the ring of a commit that moves the log by three."""
    entries = ("entry",) if carries else None
    return Ring(number * 3, number * 3 + 3, number, 0, "a", entries)


@relaxed
@given(arrivals)
def test_all_that_was_announced_is_published_and_never_over_a_gap(
    order: list[Arrival],
) -> None:
    reader = Reader()
    for tick in range(40 + 30):
        for arrival in order:
            if arrival.delay == tick:
                reader.buffer.add(commit(arrival.commit, carries=arrival.carries), tick * TICK)
        reader.work(tick * TICK)
    assert reader.delivered == max((arrival.commit * 3 + 3 for arrival in order), default=0)
    assert all(
        later - sooner >= PAUSE_SECONDS - TICK / 10
        for sooner, later in zip(reader.reads, reader.reads[1:], strict=False)
    )


@relaxed
@given(st.permutations(range(20)), st.lists(st.integers(0, 19), max_size=20))
def test_rings_that_overtake_each_other_need_no_read(order: list[int], again: list[int]) -> None:
    reader = Reader()
    for number in [*order, *again]:
        reader.buffer.add(commit(number, carries=True), 0)
        reader.work(0)
    assert (reader.delivered, reader.reads) == (60, [])


def test_the_first_ring_after_quiet_is_read_at_once_and_the_next_ones_together() -> None:
    reader = Reader()
    for number in range(10):
        reader.buffer.add(commit(number, carries=False), 1 + number * TICK / 10)
        reader.work(1 + number * TICK / 10)
    assert reader.reads == [1] and reader.delivered == 3
    assert reader.buffer.step(reader.delivered, 1.001) == Wait(1 + PAUSE_SECONDS)
    reader.work(1 + PAUSE_SECONDS)
    assert len(reader.reads) == 2 and reader.delivered == 30


def test_a_ring_waits_for_a_lost_one_only_so_long() -> None:
    buffer = PendingRings()
    buffer.add(commit(1, carries=True), 0)
    assert buffer.step(0, 0.001) == Wait(GAP_SECONDS)
    assert buffer.step(0, GAP_SECONDS) == Read(6)


def test_only_so_many_rings_wait() -> None:
    buffer = PendingRings()
    for number in range(1, MAX_KEPT + 2):
        buffer.add(commit(number, carries=True), 0)
    assert buffer.step(0, 0) == Read((MAX_KEPT + 1) * 3 + 3)


@relaxed
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3))))
def test_rings_that_follow_each_other_are_made_one_with_all_entries(
    commits: list[tuple[int, int]],
) -> None:
    made, head = [], 0
    for others, own in commits:
        before = head + others
        head = before + own
        entries = list(range(before + 1, head + 1))
        made.append(Ring(before, head, len(made), len(made) // 2, "", entries))
    groups = list(follow_on(made))
    assert [ring for group in groups for ring in group] == made
    # Others have committed between two groups, and not within one.
    assert len(groups) == sum(1 for n, (others, _) in enumerate(commits) if others or not n)
    for group in groups:
        one, last = merge(group), group[-1]
        assert one.entries == list(range(one.before + 1, one.head + 1))
        assert (one.before, one.head) == (group[0].before, last.head)
        assert (one.generation, one.access) == (last.generation, last.access)


@pytest.mark.parametrize("node", ["", "a", "node-16-letters-"])
def test_a_ring_survives_the_way(node: str) -> None:
    ring = Ring(3, 6, 2, 1, node)
    assert decode(ring.encode()) == ring


@pytest.mark.parametrize(
    "payload",
    ["", "beat", "2 3 6 2 1 a", "1 3 6 2", "1 3 6 2 -1 a", "1 3 6 2 1 a b", "1 ² 6 2 1 a"],
)
def test_what_is_no_ring_of_this_version_is_none(payload: str) -> None:
    assert decode(payload) is None
