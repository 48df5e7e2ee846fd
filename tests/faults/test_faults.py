"""Faults of every kind under load: nothing is lost, doubled, reordered, or shown too early.

The order of the faults, how long they last and what they are combined with is random; the seed is
printed, and `FAULTS_SEED` repeats it. `make faults MINUTES=30` runs it for longer.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.faults.each import LEAK, check_each_fault
from tests.faults.faults import FAULTS
from tests.faults.harness import Harness, make_harness
from tests.faults.plan import each_once, endless
from tests.support.node import NodeClients


@pytest.fixture
def harness(make_server: MakeServer, empty_database: Path) -> Iterator[Harness]:
    made = make_harness(make_server(start=False, entry="impatient"), empty_database)
    yield made
    made.close()


@pytest.mark.filterwarnings(LEAK)
def test_each_fault_under_load(harness: Harness, node: NodeClients) -> None:
    check_each_fault(harness, node, FAULTS, pace=0.1)


def test_a_seed_decides_the_plan() -> None:
    assert each_once(FAULTS, 1) == each_once(FAULTS, 1) != each_once(FAULTS, 2)
    first, second = endless(FAULTS, 1), endless(FAULTS, 1)
    assert [next(first) for _ in range(100)] == [next(second) for _ in range(100)]


def test_each_fault_is_in_the_plan_once() -> None:
    names = [fault.name for step in each_once(FAULTS, 3) for fault in step.faults]
    assert sorted(names) == sorted(fault.name for fault in FAULTS)
