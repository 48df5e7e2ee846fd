"""A run in which each fault happens once; its order and moments are random."""

import os
import secrets

from tests.faults.fault import Fault
from tests.faults.plan import each_once
from tests.faults.report import make_report
from tests.faults.session import Session
from tests.faults.target import Target
from tests.support.node import NodeClients

# python-socketio may leave a socket open when the connection is lost while it connects.
LEAK = "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"


def check_each_fault(target: Target, node: NodeClients, faults: list[Fault], pace: float) -> None:
    """Provoke each fault, and check that there is no violation; `FAULTS_SEED` repeats a run."""
    seed = int(os.environ.get("FAULTS_SEED", secrets.randbits(32)))
    print(f"FAULTS_SEED={seed}; {target.description}")
    session = Session(target, node, seed, pace)
    violations = session.run(each_once(faults, seed))
    print(make_report(session, 0, seed))
    for violation in violations:
        print(violation)
    assert violations == []
    assert {fault.name for fault in faults} == set(session.tallies)
    assert all(client.versions for client in target.checker.clients.values())
