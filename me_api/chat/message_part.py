"""The chat's part of a batch that is decided without a lock: what it reads, and what is stored.

The database's function stores it (`me_api_messages_1` in `migrations/commit_1.sql`), after it has
compared the nicks (`me_api_nicks_taken_1` in `migrations/commit_2.sql`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from orjson import dumps, loads
from sqlalchemy import Connection

from me_api.chat import message_statements
from me_api.chat.message_batch import (
    CHANGING,
    COLUMNS,
    MessageBatch,
    MessageRow,
    NickCheck,
    RoomRow,
    to_rows,
)
from me_api.errors import ApiError
from me_api.eventlog import BatchDraft, Numbers

MAX_ID = 2**63 - 1
MAX_SHIFT = 10_000
"""More messages than other nodes store in a room while this one decides a batch."""

_CELLS = ", ".join(
    {"created_rev": "messages.born", "payload": "messages.payload::text"}.get(
        name, f"messages.{name}"
    )
    for name in COLUMNS
)
_LIST = "coalesce(json_agg(json_build_array({})), '[]')::text"
_ROOMS = f"""
(SELECT {_LIST.format("name, id, guests, last_id, archived, deleted, first_id")} FROM rooms
WHERE name IN (SELECT json_array_elements_text(%s::json)))
"""
# LATERAL with OFFSET looks each up by the index, however old the statistics of the table are.
_BY_KEY = f"""
(SELECT {_LIST.format("rooms.name, " + _CELLS)}
FROM json_array_elements(%s::json) AS pair
CROSS JOIN LATERAL (
    SELECT * FROM messages WHERE sender = pair ->> 0 AND key = pair ->> 1 OFFSET 0
) AS messages
JOIN rooms ON rooms.id = messages.room_id)
"""
_BY_ID = f"""
(SELECT {_LIST.format("rooms.name, " + _CELLS)}
FROM json_array_elements(%s::json) AS place
JOIN rooms ON rooms.name = place ->> 0
CROSS JOIN LATERAL (
    SELECT * FROM messages WHERE room_id = rooms.id AND id = (place ->> 1)::bigint OFFSET 0
) AS messages)
"""
_TAKEN = "me_api_nicks_taken_1(%s::jsonb)::text"


def load(
    connection: Connection,
    draft: BatchDraft,
    names: set[str],
    keys: set[tuple[str, str]],
    ids: set[tuple[str, int]],
    nicks: set[NickCheck],
) -> MessageBatch:
    """Read the rooms with these names and the messages with these keys or ids; lock nothing.

    Read, too, which of the nicks are taken.
    """
    # In one statement, so that all of it was true at one moment.
    given: dict[str, list[Any]] = {_ROOMS: list(names)}
    if keys:
        given[_BY_KEY] = list(keys)
    if ids:
        given[_BY_ID] = [place for place in ids if 0 < place[1] <= MAX_ID]
    if nicks:
        given[_TAKEN] = [check._asdict() for check in nicks]
    values = tuple(dumps(value).decode() for value in given.values())
    row = connection.exec_driver_sql(f"SELECT {','.join(given)}", values).one()
    found = dict(zip(given, map(loads, row), strict=True))
    rooms = {room.name: room for room in map(RoomRow._make, found[_ROOMS])}
    by_key, by_id = (to_rows(found.get(query, [])) for query in (_BY_KEY, _BY_ID))
    batch = MessageBatch.of(draft, rooms, by_key, by_id)
    batch.taken = set(map(tuple, found.get(_TAKEN, [])))
    # Later than the rest: a message that was removed in between was found by its key.
    batch.spent = message_statements.load_spent(connection, batch.may_have_spent(keys))
    return batch


def load_taken(connection: Connection, nicks: set[NickCheck]) -> set[tuple[str, str]]:
    """Read which of the nicks are taken, as `MessageBatch.taken` has it."""
    if not nicks:
        return set()
    values = (dumps([check._asdict() for check in nicks]).decode(),)
    found = connection.exec_driver_sql(f"SELECT {_TAKEN}", values).scalar_one()
    return set(map(tuple, loads(found)))


class MessagePart:
    """A batch of message changes.

    `asked` are the places of messages that they are about, `nicks` those that must not be taken.
    """

    def __init__(
        self,
        batch: MessageBatch,
        asked: set[tuple[str, int]],
        nicks: set[NickCheck],
        decide: Callable[[MessageBatch], list[Any]],
    ) -> None:
        self.batch = batch
        self._asked = asked
        self._nicks = [c._asdict() for c in nicks if (c.folded, c.sender) not in batch.taken]
        # With the ids of their rooms: a message that was found by its key may be in any room.
        self._seen = {place: (row.room_id, row.rev) for place, row in batch.rows.items()}
        begins = len(batch.draft.entries)
        self.outcomes = decide(batch)
        self.entries = batch.draft.entries[begins:]

    def document(self) -> dict[str, Any] | None:
        """Return what must still be so, and the rows to store; None if nothing is to be stored."""
        batch, changed = self.batch, self.batch.changed_before()
        if not (batch.created or changed):
            return None
        counts = Counter(row.room for row in batch.created)
        pinned = self._pinned()
        rooms = [{**room._asdict(), "pinned": room.name in pinned} for room in batch.rooms.values()]
        return {
            "posts": [
                room | {"count": counts[room["name"]]} for room in rooms if room["name"] in counts
            ],
            "rooms": [room for room in rooms if room["name"] not in counts],
            "read": [
                {"room_id": room_id, "id": place[1], "rev": rev}
                for place, (room_id, rev) in self._seen.items()
                if place not in batch.changed
            ],
            "new": [self._new(row) for row in batch.created],
            "changed": [self._changed(row) for row in changed],
            "nicks": self._nicks,
        }

    def _pinned(self) -> set[str]:
        """Return the rooms whose last id must not have changed when the batch is stored.

        In these, a decision was about a message that did not exist, or that this batch creates.
        """
        return {
            name
            for name, number in self._asked
            if name in self.batch.rooms
            and self.batch.rooms[name].last_id < number <= self.batch.last_ids[name] + MAX_SHIFT
        }

    def complete(self, numbers: Numbers) -> None:
        """Put ids, positions and the time into the messages."""
        for body in self._bodies():
            room = self.batch.rooms[body["room"]]
            if body["id"] > room.last_id:
                body["id"] += numbers.last[str(room.id)] - self.batch.last_ids[room.name]
            body["rev"] = numbers.rev(body["rev"])
            body["time"] = numbers.moment(body["time"])
            body["edited"] = numbers.moment(body["edited"])
            payload = body.get("payload")
            if isinstance(payload, dict) and "time" in payload:
                payload["time"] = numbers.moment(payload["time"])
        for entry in self.entries:
            entry.key = entry.body["id"]

    def _bodies(self) -> list[dict[str, Any]]:
        """Return each message in the outcomes and the entries once."""
        found = {id(entry.body): entry.body for entry in self.entries}
        for outcome in self.outcomes:
            if not isinstance(outcome, ApiError):
                body = outcome[0] if isinstance(outcome, tuple) else outcome
                found[id(body)] = body
        return list(found.values())

    def _new(self, row: MessageRow) -> dict[str, Any]:
        before = self.batch.draft.before
        numbers = {
            "back": self.batch.last_ids[row.room] - row.id,
            "rev": row.rev - before,
            "created_rev": row.created_rev - before,
        }
        return {**row.values(COLUMNS), **numbers}

    def _changed(self, row: MessageRow) -> dict[str, Any]:
        numbers = {
            "room_id": row.room_id,
            "id": row.id,
            "seen": self._seen[row.room, row.id][1],
            "rev": row.rev - self.batch.draft.before,
        }
        return {**row.values(CHANGING), **numbers}
