"""A batch of messages: decided as if one by one, written in a constant number of statements."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from me_api.chat.message_changes import PostMessage
from me_api.chat.message_edits import DeleteMessage, EditMessage
from me_api.chat.room_changes import ChangeRoom, EnsureRooms
from tests.eventlog.conftest import Bench, loop
from tests.eventlog.loops import StoppableLoop
from tests.eventlog.other_process import OtherProcess
from tests.support.databases import DATABASE, Databases, connect, execute

__all__ = ["loop"]

ANNA, BO = "guest:anna", "guest:bo"


@pytest.fixture
def database(tmp_path: Path, databases: Databases) -> Iterator[str]:
    yield (url := databases.create(tmp_path))
    databases.drop(url)


@pytest.fixture
def bench(loop: StoppableLoop, database: str) -> Iterator[Bench]:
    """Return a bench with a committer on the real tables."""
    made = Bench(loop, database)
    assert made.submit(EnsureRooms(("lobby", "other"))) is None
    yield made
    loop.together(made.committer.close)


def post(text: str, sender: str = ANNA, key: str | None = None, room: str = "lobby") -> PostMessage:
    return PostMessage(room, text, "nick", False, sender, None, key)


def edit(number: int, sender: str, text: str) -> EditMessage:
    return EditMessage("lobby", number, sender, None, owner=False, text=text)


def together(bench: Bench, *changes: Any) -> list[Any]:
    """Commit changes in one batch, collected while the writer waits for a lock."""
    blocker = OtherProcess(url_of(bench))
    blocker.lock()
    bench.faults.statements.clear()
    first = bench.loop.start([lambda: bench.committer.submit(EnsureRooms(("lobby",)))])
    bench.loop.wait_until(lambda: bench.faults.statements)
    rest = bench.loop.start([lambda c=change: bench.committer.submit(c) for change in changes])
    bench.loop.turn()
    before = len(bench.commits)
    blocker.connection.close()
    first.wait()
    outcomes = rest.wait()
    assert len(bench.commits) == before + 2, "one commit for all of them"
    return outcomes


def statements(bench: Bench) -> int:
    """Count the statements of the last batch."""
    texts = bench.faults.statements
    if DATABASE == "sqlite":
        return len(texts) - max(n for n, text in enumerate(texts) if text.startswith("BEGIN"))
    # It is stored by one statement, after the transaction in which rooms were made.
    return len(texts) - 1 - max(n for n, text in enumerate(texts) if text == "COMMIT")


def test_a_batch_is_decided_as_if_one_by_one(bench: Bench) -> None:
    outcomes = together(
        bench,
        post("one", key="k"),
        post("nowhere", room="no"),
        post("two", BO),
        post("one", key="k"),
        edit(1, ANNA, "edited"),
        edit(1, BO, "stolen"),
        post("one", key="k"),
        DeleteMessage("lobby", 2, BO, None, owner=False),
        edit(2, BO, "back"),
        post("first there", room="other"),
        post("another", key="k"),
    )
    codes = {n: error.code for n, error in enumerate(outcomes) if isinstance(error, Exception)}
    assert codes == {1: "not_found", 5: "forbidden", 8: "deleted", 10: "key_reused"}
    new = {n: outcomes[n][1] for n in (0, 2, 3, 6, 9)}
    assert new == {0: True, 2: True, 3: False, 6: False, 9: True}
    assert outcomes[6][0] == outcomes[4], "a retry finds the message as it now is"
    assert [outcomes[n][0]["id"] for n in (0, 2, 9)] == [1, 2, 1]
    assert [entry.rev for entry in bench.commits[-1].entries] == [1, 2, 3, 4, 5]
    assert stored(bench) == [
        ("lobby", 1, 3, "edited"),
        ("lobby", 2, 4, None),
        ("other", 1, 5, "first there"),
    ]


def stored(bench: Bench) -> list[tuple[Any, ...]]:
    """Return what the batches have stored."""
    with connect(url_of(bench)) as database:
        rows = execute(
            database,
            "SELECT rooms.name, messages.id, rev, text FROM messages"
            " JOIN rooms ON rooms.id = room_id ORDER BY rooms.name, messages.id",
        )
        heads = execute(database, "SELECT head FROM log")
    assert heads == [(max(row[2] for row in rows),)]
    return [tuple(row) for row in rows]


def url_of(bench: Bench) -> str:
    return bench.engine.url.render_as_string(hide_password=False)


def test_ids_go_on_after_what_another_process_wrote(bench: Bench, database: str) -> None:
    other = Bench(bench.loop, database)
    numbers = [writer.submit(post("hej"))[0]["id"] for writer in (bench, other, other, bench)]
    bench.loop.together(other.committer.close)
    assert numbers == [1, 2, 3, 4]


def test_the_number_of_statements_does_not_grow(bench: Bench) -> None:
    def batch(size: int) -> list[Any]:
        posts = [
            post(f"{n}", key=f"{size} {n}", room="other" if n % 3 else "lobby") for n in range(size)
        ]
        return [*posts, *(edit(1, ANNA, f"{size} {n}") for n in range(size))]

    together(bench, *batch(1))
    together(bench, *batch(3))
    few = statements(bench)
    together(bench, *batch(60))
    assert statements(bench) == few <= 12


def test_a_batch_of_many_rooms(bench: Bench) -> None:
    names = ("a", "b", "c", "d", "e")
    assert bench.submit(EnsureRooms(names)) is None
    outcomes = together(bench, *(post("hej", room=name) for name in (*names, "no", *names)))
    assert outcomes.pop(len(names)).code == "not_found"
    assert [message["id"] for message, _ in outcomes] == [1] * len(names) + [2] * len(names)
    many = statements(bench)
    together(bench, *(post("hej", room=name) for name in names[:4]))
    assert statements(bench) == many, "their number does not grow"


def test_guests_change_nothing_in_a_room_where_they_may_not_write(bench: Bench) -> None:
    bench.submit(post("hej"))
    before = bench.submit(ChangeRoom("lobby", {}))
    assert before.guests == "post", "nothing was changed"
    assert bench.submit(ChangeRoom("lobby", {"guests": "read"})).guests == "read"
    refused = [bench.submit(edit(1, ANNA, "no")), bench.submit(post("no"))]
    assert [error.code for error in refused] == ["members_only"] * 2
    member = EditMessage("lobby", 1, ANNA, 7, owner=False, text="yes")
    assert bench.submit(member)["text"] == "yes"
