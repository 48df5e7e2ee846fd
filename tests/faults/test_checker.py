"""The checker finds what it is there for: each test breaks one promise on purpose."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults import checker as checks
from tests.faults.checker import Checker, Message


def version(number: int, rev: int, text: str | None = None, **fields: Any) -> Message:
    """Return a version of a message."""
    base = {"nick": "mos", "verified": False, "time": "now", "edited": None, "deleted": False}
    return {"room": "a", "id": number, "rev": rev, "text": text or f"{number}", **base, **fields}


FIRST, SECOND, THIRD = version(1, 1), version(2, 2), version(3, 3)
EDITED = version(1, 4, "new", edited="later")
DELETED = version(2, 5, deleted=True) | {"text": None}
VERSIONS = [FIRST, SECOND, THIRD, EDITED, DELETED]
HISTORY = [EDITED, DELETED, THIRD]


def run(
    acknowledged: list[Message] = VERSIONS,
    received: list[Message] = VERSIONS,
    history: list[Message] = HISTORY,
) -> set[tuple[str, str]]:
    """Return the kinds of violations, each with the place where it was noticed."""
    checker = Checker()
    checker.add_client("client", ["a"])
    for message in received:
        checker.receive("client", message)
    for message in acknowledged:
        checker.acknowledge("poster", message)
    return {(kind, where) for kind, where, _ in checker.finish(history)}


def test_nothing_is_found_where_all_is_well() -> None:
    assert run() == set()


def test_a_client_that_was_away_may_receive_the_newest_versions_only() -> None:
    assert run(received=[THIRD, EDITED, DELETED]) == set()


def test_a_version_that_is_acknowledged_twice_is_one() -> None:
    """A retry is answered with the message that the first attempt stored."""
    assert run(acknowledged=[*VERSIONS, FIRST]) == set()


def test_fields_that_an_interface_adds_do_not_count() -> None:
    assert run(received=[message | {"data": "more"} for message in VERSIONS]) == set()


@pytest.mark.parametrize(
    ("received", "kind"),
    [
        pytest.param([FIRST, SECOND, EDITED, DELETED], checks.LOST, id="lost"),
        pytest.param([FIRST, SECOND, THIRD, DELETED], checks.LOST, id="an edit is lost"),
        pytest.param([FIRST, SECOND, THIRD, EDITED], checks.LOST, id="a deletion is lost"),
        pytest.param([], checks.LOST, id="all is lost"),
        pytest.param([FIRST, *VERSIONS], checks.DOUBLED, id="doubled"),
        pytest.param([*VERSIONS, THIRD], checks.DOUBLED, id="doubled, much later"),
        pytest.param([SECOND, FIRST, *VERSIONS[2:]], checks.DISORDERED, id="reordered"),
        pytest.param([*VERSIONS, version(4, 6)], checks.UNSTORED, id="shown, never stored"),
        pytest.param([*VERSIONS[:4], version(2, 5)], checks.UNSTORED, id="another content"),
    ],
)
def test_what_a_client_receives(received: list[Message], kind: str) -> None:
    assert run(received=received) == {(kind, "client")}


def test_a_message_of_another_room_is_none_of_the_client_s() -> None:
    other = version(1, 6, "there", room="b")
    found = run([*VERSIONS, other], [*VERSIONS, other], [*HISTORY, other])
    assert found == {(checks.UNSTORED, "client")}


TWICE = version(4, 6, "3")

IN_HISTORY: list[tuple[Callable[[], set[tuple[str, str]]], str]] = [
    (lambda: run(history=[EDITED, DELETED], received=[*VERSIONS[:2], *VERSIONS[3:]]), checks.LOST),
    (lambda: run(history=[FIRST, DELETED, THIRD]), checks.LOST),
    (lambda: run([*VERSIONS, TWICE], [*VERSIONS, TWICE], [*HISTORY, TWICE]), checks.DOUBLED),
    (lambda: run(history=[EDITED, DELETED, THIRD | {"nick": "eve"}]), checks.CHANGED),
    (lambda: run([*VERSIONS, FIRST | {"text": "else"}]), checks.CHANGED),
    (lambda: run(acknowledged=VERSIONS[:4]), checks.UNACKNOWLEDGED),
    (lambda: run(acknowledged=[*VERSIONS[:2], *VERSIONS[3:]]), checks.UNACKNOWLEDGED),
    (lambda: run(history=[DELETED, EDITED, THIRD]), checks.DISORDERED),
    (lambda: run([version(1, 2), version(2, 1)], history=[version(1, 2)]), checks.LOST),
]


@pytest.mark.parametrize(("found", "kind"), IN_HISTORY)
def test_what_the_history_holds(found: Callable[[], set[tuple[str, str]]], kind: str) -> None:
    assert kind in {name for name, _ in found()}


def test_ids_count_in_the_order_of_the_revs() -> None:
    swapped = [version(2, 1), version(1, 2)]
    found = run(swapped, swapped, [version(1, 2), version(2, 1)])
    assert found == {(checks.DISORDERED, "history")}


def test_a_change_between_two_acknowledged_ones_is_found() -> None:
    """A retry that is stored once more takes a rev, even if a later version hides it."""
    later = [FIRST, version(1, 3, "new")]
    assert run(later, later, later[1:]) == {(checks.UNACKNOWLEDGED, "history")}
