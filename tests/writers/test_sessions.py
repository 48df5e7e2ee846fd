"""Sessions that several servers change: who resumes one has it, and one that has ended stays so."""

from typing import Any

import pytest

from me_api.eventlog import Change
from me_api.recovery.changes import EndSessions, SaveSession
from me_api.recovery.session_part import Resumed
from tests.support.databases import connect, execute
from tests.support.wait import WAIT_SECONDS
from tests.writers.servers import Server, in_thread


def save(node: str, nick: str = "", **how: bool) -> SaveSession:
    return SaveSession("p1", "/", "s", nick, 0, {}, node, **how)


def saved(database: str) -> list[tuple[str, str]]:
    """Return node and nick of the session."""
    with connect(database) as connection:
        return [tuple(row) for row in execute(connection, "SELECT node, nick FROM sessions")]


@pytest.mark.parametrize("locked", [False, True], ids=["optimistic", "locked"])
def test_a_session_belongs_to_the_node_that_resumed_it_until_it_ends(
    a: Server, b: Server, database: str, locked: bool
) -> None:
    def write(server: Server, *changes: Change) -> list[Any]:
        if locked:
            # The first commit tells the server the timeline.
            server.post("hej")
            written = server._write_locked(changes)
            assert written is not None
            return written.outcomes
        return server.write(changes).outcomes

    assert write(a, save("a", claims=True)) == [None]
    assert write(b, save("b", "mos", claims=True, resumes=True)) == [Resumed("a")]
    # The first node does not know it yet.
    write(a, save("a", "late"), EndSessions(("p1",), "a"))
    assert saved(database) == [("b", "mos")]
    write(b, save("b", "doe"))
    assert saved(database) == [("b", "doe")]
    resume = save("a", claims=True, resumes=True)
    a.interrupt = lambda: b.write([EndSessions(("p1",), "b")])
    if locked:
        b.write([EndSessions(("p1",), "b")])
    assert write(a, resume) == [None]
    # Nor is it created by what the other one saves late, or after its end in one batch.
    write(b, save("b"))
    assert write(a, EndSessions(("p1",), "a"), resume)[1] is None
    assert saved(database) == []


def test_of_two_nodes_that_resume_a_session_at_once_the_last_has_it(
    a: Server, b: Server, database: str
) -> None:
    a.write([save("old", claims=True)])
    for _ in range(20):
        resumed = [
            in_thread(lambda s=s, n=n: s.write([save(n, claims=True, resumes=True)]).outcomes[0])
            for s, n in ((a, "a"), (b, "b"))
        ]
        found = [future.result(WAIT_SECONDS) for future in resumed]
        before = {one.node: name for one, name in zip(found, "ab", strict=True)}
        # Each of them knows from which it has it: the last one from the first.
        ((holder, _),) = saved(database)
        assert before in ({"old": other, other: holder} for other in {"a", "b"} - {holder})
        a.write([save("old", claims=True)])
