"""Faults of every kind under load: nothing is lost, doubled, reordered, or shown too early.

The order of the faults, how long they last and what they are combined with is random; the seed is
printed, and `FAULTS_SEED` repeats it. `make faults MINUTES=30` runs it for longer.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.faults.faults import FAULTS
from tests.faults.harness import Harness, make_harness
from tests.faults.plan import each_once, endless
from tests.faults.report import make_report
from tests.faults.session import Session
from tests.support.node import NodeClients

# python-socketio may leave a socket open when the connection is lost while it connects.
LEAK = "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"


@pytest.fixture
def harness(make_server: MakeServer, empty_database: Path) -> Iterator[Harness]:
    made = make_harness(make_server(start=False, entry="impatient", measured=False), empty_database)
    yield made
    made.close()


@pytest.mark.timeout(180)
@pytest.mark.filterwarnings(LEAK)
def test_each_fault_under_load(harness: Harness, node: NodeClients) -> None:
    seed = int(os.environ.get("FAULTS_SEED", secrets.randbits(32)))
    print(f"FAULTS_SEED={seed}; the full disk is {harness.disk.description}")
    session = Session(harness, node, seed, pace=0.1)
    violations = session.run(each_once(FAULTS, seed))
    print(make_report(session, 0, seed))
    assert violations == []
    assert {fault.name for fault in FAULTS} == set(session.tallies)
    assert all(client.versions for client in harness.checker.clients.values())


def test_a_seed_decides_the_plan() -> None:
    assert each_once(FAULTS, 1) == each_once(FAULTS, 1) != each_once(FAULTS, 2)
    first, second = endless(FAULTS, 1), endless(FAULTS, 1)
    assert [next(first) for _ in range(100)] == [next(second) for _ in range(100)]


def test_each_fault_is_in_the_plan_once() -> None:
    names = [fault.name for step in each_once(FAULTS, 3) for fault in step.faults]
    assert sorted(names) == sorted(fault.name for fault in FAULTS)
