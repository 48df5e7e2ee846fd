"""Long-polls of reports: what they wait for, and what they return."""

import eventlet
import pytest
from flask import Flask

from tests.reports.written import WEEKS, changes, write
from tests.support.app import Person
from tests.support.fixtures import MakePerson
from tests.support.wait import WAIT_SECONDS


@pytest.fixture
def mos(make_person: MakePerson) -> Person:
    return make_person("mos")


def test_a_long_poll_is_answered_as_soon_as_a_report_changes(app: Flask, mos: Person) -> None:
    reader = eventlet.spawn(changes, Person(app), "since=0&wait=60")
    eventlet.sleep(0)
    assert not reader.dead
    mos.post("/reports", {"week": 1, "title": "t", "text": "x"})
    with eventlet.Timeout(WAIT_SECONDS / 2):
        answer = reader.wait()
    assert [report["rev"] for report in answer["data"]] == [1]
    assert answer["rev"] == 1


def test_a_long_poll_without_a_change_returns_nothing(anybody: Person) -> None:
    answer = changes(anybody, "since=0&wait=0.05")
    assert (answer["data"], answer["rev"], answer["more"]) == ([], 0, False)


def test_a_long_poll_does_not_wait_if_there_are_changes(mos: Person, anybody: Person) -> None:
    write(mos)
    with eventlet.Timeout(WAIT_SECONDS / 2):
        assert len(changes(anybody, "since=0&wait=60")["data"]) == WEEKS
