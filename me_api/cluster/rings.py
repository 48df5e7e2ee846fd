"""Rings, which nodes send when they have committed, and what is done when one arrives.

Pure: nothing here waits or reads; moments are passed in, in seconds of one clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orjson import dumps, loads

VERSION = 1
"""The form of a ring; nodes ignore rings of other forms, and find what they announce by polling."""
FIELDS = 6
PAUSE_SECONDS = 0.005
"""Seconds between the end of a read and the next one, so that many rings cost one read."""
GAP_SECONDS = 0.02
"""Seconds for which a ring waits for one before it that was overtaken."""
MAX_KEPT = 64
"""The most rings that wait for one before them."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A commit of a process: the log went from `before` to `head`.

    `generation` counts the commits that changed what readers see, `access` those that changed who
    may read what. `entries` are what was committed, if the ring carries them: lists of what JSON
    can carry, in `epoch` of the log.
    """

    before: int
    head: int
    generation: int
    access: int
    process: str
    entries: Sequence[Any] | None = None
    epoch: str = ""

    def encode(self) -> str:
        """Return the ring without its entries, as a payload of NOTIFY."""
        numbers = (VERSION, self.before, self.head, self.generation, self.access)
        return f"{' '.join(map(str, numbers))} {self.process}".rstrip()

    def encode_with_entries(self) -> bytes:
        """Return the ring as a message that also carries its entries."""
        numbers = (VERSION, self.before, self.head, self.generation, self.access)
        return dumps([*numbers, self.entries])


def follow_on(rings: Sequence[Ring]) -> Iterator[list[Ring]]:
    """Yield the rings in groups, in which each begins where the one before it ends."""
    group: list[Ring] = []
    for ring in rings:
        if group and group[-1].head != ring.before:
            yield group
            group = []
        group.append(ring)
    if group:
        yield group


def merge(group: Sequence[Ring]) -> Ring:
    """Return one ring for a group, with the entries of all of them."""
    entries = [entry for ring in group for entry in ring.entries or ()]
    return replace(group[-1], before=group[0].before, entries=entries)


def decode(payload: str) -> Ring | None:
    """Parse the payload of a NOTIFY; return None if it is none of this version."""
    words = payload.split(" ")
    numbers = words[: FIELDS - 1]
    if len(words) not in (FIELDS - 1, FIELDS) or not all(map(str.isdecimal, numbers)):
        return None
    version, before, head, generation, access = map(int, numbers)
    if version != VERSION:
        return None
    return Ring(before, head, generation, access, "".join(words[FIELDS - 1 :]))


def decode_with_entries(body: bytes, process: str, epoch: str) -> Ring | None:
    """Parse a message of a process in an epoch; return None if it is not of this version."""
    version, *rest = loads(body)
    if version != VERSION:
        return None
    before, head, generation, access, entries = rest
    return Ring(before, head, generation, access, process, entries, epoch)


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish the entries of this ring that are above the delivered position."""

    ring: Ring


@dataclass(frozen=True, slots=True)
class Read:
    """Read the log up to this position, and publish what is there."""

    head: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing until this moment, unless another ring arrives."""

    until: float


Step = Publish | Read | Wait | None


class PendingRings:
    """The rings that have arrived and are not published yet.

    A ring with entries is published when nothing is missing before it, which it waits for; one
    without is read from the database.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[Ring, float]] = []
        self._next_read = 0.0

    def add(self, ring: Ring, now: float, *, expected: bool = False) -> None:
        """Keep a ring that has arrived now.

        One without entries is read at once, unless the same with entries is `expected`.
        """
        # Rings of two publishers may overtake each other. Without entries, nothing is gained by
        # waiting for the one before.
        waits = expected or ring.entries is not None
        self._kept.append((ring, now + GAP_SECONDS if waits else now))

    def discard(self, ring: Ring) -> None:
        """Forget a ring that cannot be published."""
        self._kept = [kept for kept in self._kept if kept[0] is not ring]

    def step(self, delivered: int, now: float) -> Step:
        """Return what to do next, if the log has been published up to `delivered`."""
        self._kept = [kept for kept in self._kept if kept[0].head > delivered]
        if not self._kept:
            return None
        for ring, _ in self._kept:
            if ring.entries is not None and ring.before <= delivered:
                return Publish(ring)
        patience = min(due for _, due in self._kept)
        due = max(now if len(self._kept) > MAX_KEPT else patience, self._next_read)
        if now < due:
            return Wait(due)
        return Read(max(ring.head for ring, _ in self._kept))

    def finish_read(self, now: float) -> None:
        """Note that a read has ended now: the next one waits a little."""
        self._next_read = now + PAUSE_SECONDS
