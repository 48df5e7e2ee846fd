"""Both writers decide and store the same, byte for byte, whatever the batches are."""

import itertools
from collections.abc import Iterator

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from me_api.chat.message_changes import MessageChange, PostMessage
from me_api.chat.message_edits import DeleteMessage, EditMessage
from me_api.chat.room_changes import ChangeRoom, CreateRoom, EnsureRooms
from me_api.eventlog import Change, sqlite_writer, timestamp
from me_api.recovery.changes import EndSessions, SaveSession, TouchSessions
from me_api.users.changes import CreateUser
from tests.writers.both import Both, described, write_all

ROOMS = ["a", "b", "missing"]
SENDERS = [("s", None), ("t", None), ("user:1", 1)]
KEYED = [("a", "k"), ("b", "k"), ("b", None)]
"""Rooms and keys of posts."""
PAYLOADS = [None, None, "hej", {"message": "hej"}, {"message": "hej", "time": "noon"}]

rooms = st.sampled_from(ROOMS)
ids = st.integers(0, 9)
texts = st.sampled_from(["hej", "då", "🙂", 'a"\\\n%s', "x" * 300])
numbers = itertools.count(1)


@st.composite
def message_changes(draw: st.DrawFn) -> MessageChange:
    """Draw a post, an edit or a deletion; some are refused, some are sent again."""
    room, (sender, user) = draw(rooms), draw(st.sampled_from(SENDERS))
    kind = draw(st.sampled_from(["post", "post", "edit", "delete"]))
    if kind == "post":
        key = draw(st.none() | st.sampled_from(["k1", "k2", "k3"]))
        payload = draw(st.sampled_from(PAYLOADS))
        return PostMessage(room, draw(texts), "mos", user == 1, sender, user, key, payload)
    owner = draw(st.booleans())
    if kind == "edit":
        return EditMessage(room, draw(ids), sender, user, owner, draw(texts))
    return DeleteMessage(room, draw(ids), sender, user, owner)


@st.composite
def session_changes(draw: st.DrawFn) -> Change:
    pid = draw(st.sampled_from(["p1", "p2", "p3"]))
    kind = draw(st.sampled_from(["save", "end", "touch"]))
    if kind == "save":
        nick = draw(st.none() | st.just("mos"))
        return SaveSession(pid, "/", "s", nick, draw(ids), {"chat:a": draw(ids)})
    if kind == "end":
        return EndSessions((pid, "p3"))
    return TouchSessions((pid,), draw(st.sampled_from(["2000", "2100-01-01T00:00:02.000Z"])))


closings = st.builds(
    ChangeRoom, rooms, st.sampled_from(["read", "post"]).map(lambda guests: {"guests": guests})
)
batches = st.lists(message_changes() | session_changes() | closings, min_size=1, max_size=12)
messages_only = st.lists(message_changes(), min_size=1, max_size=8)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """Restore the clock of SQLite."""
    yield
    sqlite_writer.timestamp = timestamp


@pytest.fixture(scope="module")
def prepared(both: Both) -> Both:
    """Store the user whose id is 1."""
    results = both.write([CreateUser("kim@x.se", "kim", "none"), EnsureRooms(("lobby",))])
    assert results[0] == results[1]
    return both


def in_new_rooms(changes: list[Change], number: int) -> list[Change]:
    """Return the changes for rooms, keys and sessions of one example."""
    renamed = []
    for change in changes:
        values = {name: getattr(change, name) for name in type(change).__slots__}
        if isinstance(change, EditMessage | DeleteMessage):
            slots = ("room", "id", "sender", "user_id", "owner")
            values |= {name: getattr(change, name) for name in slots}
        for name in ("room", "key", "pid"):
            if isinstance(values.get(name), str):
                values[name] += str(number)
        if isinstance(change, ChangeRoom):
            values["name"] += str(number)
        if "pids" in values:
            values["pids"] = tuple(pid + str(number) for pid in values["pids"])
        renamed.append(type(change)(**values))
    return renamed


def begin(both: Both, number: int) -> int:
    """Create the rooms of an example; return the head of the log."""
    made = [CreateRoom(f"{name}{number}", name, "post") for name in ("a", "b")]
    head: int = orjson.loads(both.write(made)[0])[-1]
    return head


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(batches=st.lists(batches, min_size=1, max_size=3))
def test_rows_bodies_and_entries_are_equal(prepared: Both, batches: list[list[Change]]) -> None:
    number = next(numbers)
    before = begin(prepared, number)
    for batch in batches:
        results = prepared.write(in_new_rooms(batch, number))
        assert results[0] == results[1]
    sqlite, postgresql = prepared.rows(before)
    assert sqlite == postgresql


def test_a_key_that_was_used_in_another_room_is_refused(prepared: Both) -> None:
    """The room of the message with the key is none of the batch's."""
    number = next(numbers)
    before = begin(prepared, number)
    posts = [PostMessage(room, "hej", "mos", False, "s", None, key) for room, key in KEYED]
    for batch in (posts[:1], posts[1:]):
        results = prepared.write(in_new_rooms(batch, number))
        assert results[0] == results[1]
    assert b"key_reused" in results[0]
    sqlite, postgresql = prepared.rows(before)
    assert sqlite == postgresql


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(first=messages_only, batch=messages_only, between=messages_only)
def test_what_another_server_stores_meanwhile_comes_before(
    prepared: Both,
    first: list[Change],
    batch: list[Change],
    between: list[Change],
) -> None:
    """The outcome is that of SQLite's writer, which decides one batch after the other."""
    number = next(numbers)
    first, batch, between = (in_new_rooms(each, number) for each in (first, batch, between))
    before = begin(prepared, number)
    results = prepared.write(first)
    assert results[0] == results[1]
    prepared.tick()
    other: list[bytes] = []
    prepared.postgresql.interrupt = lambda: other.append(
        described(write_all(prepared.other, between))
    )
    own = described(write_all(prepared.postgresql, batch))
    if other:
        expected = [described(write_all(prepared.sqlite, each)) for each in (between, batch)]
        assert [*other, own] == expected
    else:  # Nothing was stored, so nothing could come between.
        prepared.postgresql.interrupt = None
        assert own == described(write_all(prepared.sqlite, batch))
    sqlite, postgresql = prepared.rows(before)
    assert sqlite == postgresql
