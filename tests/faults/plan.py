"""Which faults happen, in which order, and for how long: the seed decides all of it."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from tests.faults.fault import NETWORK, Fault

BRIEFEST = 1.0
"""Seconds for which a fault is held at most in `make test`."""


class Step(NamedTuple):
    """Faults that happen together, how long, after how many acknowledgements, and their seed."""

    faults: tuple[Fault, ...]
    hold: float
    messages: int
    seed: int


def each_once(faults: list[Fault], seed: int) -> list[Step]:
    """Return a plan in which each fault happens once, those of the network beside others."""
    moments = Random(seed)
    alone = [fault for fault in faults if fault.place != NETWORK]
    network = [fault for fault in faults if fault.place == NETWORK]
    moments.shuffle(alone)
    moments.shuffle(network)
    steps = []
    for fault in alone:
        both = (fault, network.pop()) if fault.combines and network else (fault,)
        steps.append(_step(both, moments, BRIEFEST))
    steps += [_step((fault,), moments, BRIEFEST) for fault in network]
    moments.shuffle(steps)
    return steps


def endless(faults: list[Fault], seed: int) -> Iterator[Step]:
    """Yield steps for ever, all faults in turn in random order: one, or two in different places."""
    moments = Random(seed)
    while True:
        for fault in moments.sample(faults, len(faults)):
            others = [other for other in faults if combine(fault, other)]
            both = (
                (fault, moments.choice(others)) if others and moments.random() < 0.5 else (fault,)
            )
            yield _step(both, moments, 60)


def combine(first: Fault, second: Fault) -> bool:
    """Return whether two faults can happen together."""
    return first.combines and second.combines and first.place != second.place


def _step(faults: tuple[Fault, ...], moments: Random, longest: float) -> Step:
    low = max(fault.hold[0] for fault in faults)
    high = min(longest, max(fault.hold[1] for fault in faults))
    hold = moments.uniform(low, max(low, high))
    ordered = tuple(sorted(faults, key=lambda fault: fault.place))
    return Step(ordered, hold, moments.randrange(1, 15), moments.getrandbits(32))
