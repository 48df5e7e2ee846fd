"""Ports for servers: each worker of pytest chooses among its own."""

import pytest

from tests.support.wait import PORTS, free_port, own_ports


def test_no_two_workers_choose_the_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTS_WORKERS", "3")
    chosen: list[int] = []
    for database in ("sqlite", "postgresql"):
        monkeypatch.setenv("DATABASE", database)
        for number in range(3):
            monkeypatch.setenv("TESTS_WORKER", str(number))
            chosen += own_ports()
            assert free_port() in own_ports()
    assert len(chosen) == len(set(chosen)) and set(chosen) <= set(PORTS)
