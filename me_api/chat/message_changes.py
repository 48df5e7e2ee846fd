"""The changes of messages, decided in the committer's thread; posting.

The changes of a batch are decided in memory, in the order of their arrival, on the rows that they
concern; the result is then written at once, or checked and written by the database's function.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from me_api.chat import message_part, message_statements, payloads
from me_api.chat.message_batch import (
    MessageBatch,
    MessageRow,
    NickCheck,
    guests_only_read,
    hash_of_key,
)
from me_api.chat.message_part import MessagePart
from me_api.chat.presence.nicknames import taken
from me_api.chat.serializer import from_row
from me_api.errors import Conflict, Gone
from me_api.eventlog import BatchDraft, BatchedChange, OptimisticChange, Transaction


class MessageChange(BatchedChange[MessageBatch], OptimisticChange):
    """A change of one message; consecutive ones in a transaction form one `MessageBatch`."""

    part = "messages"
    room: str

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Any]) -> list[Any]:
        """Decide the changes in order and write the result; return one outcome each."""
        batch = message_statements.load(transaction, *_concerned(changes))
        batch.taken = message_part.load_taken(transaction.connection, _nick_checks(changes))
        outcomes = [change.outcome(batch) for change in changes]
        message_statements.save(transaction, batch)
        return outcomes

    @classmethod
    def prepare_all(
        cls, connection: Connection, draft: BatchDraft, changes: Sequence[Any]
    ) -> MessagePart:
        """Decide the changes in order on what was read without a lock."""
        names, keys, ids = _concerned(changes)
        nicks = _nick_checks(changes)
        batch = message_part.load(connection, draft, names, keys, ids, nicks)
        return MessagePart(batch, ids, nicks, lambda batch: [c.outcome(batch) for c in changes])


# Not frozen, which takes a microsecond for each of the most frequent changes.
@dataclass(slots=True)
class PostMessage(MessageChange):
    """Store a new message, or return the one that was stored with the same idempotency key."""

    room: str
    text: str
    nick: str
    verified: bool
    sender: str
    user_id: int | None
    key: str | None
    payload: object = None
    nick_check: NickCheck | None = None

    def decide(self, batch: MessageBatch) -> tuple[dict[str, Any], bool]:
        """Return the message, and whether it is new."""
        check = self.nick_check
        if check is not None and (check.folded, check.sender) in batch.taken:
            raise taken(self.nick)
        room = batch.room(self.room)
        if self.user_id is None and room.guests != "post":
            raise guests_only_read(self.room)
        known = batch.keys.get((self.sender, self.key or ""))
        if known is not None:
            return self._retried(known), False
        if batch.spent and hash_of_key(self.sender, self.key or "") in batch.spent:
            raise Gone("This message was stored, and has been removed since.", code="pruned")
        batch.check_open(self.room)
        return self._create(batch, room.id), True

    def _retried(self, row: MessageRow) -> dict[str, Any]:
        # A retry gets the message as it is now. A deleted one has no fingerprint any more, so its
        # key alone is compared.
        same = row.fingerprint is None or hmac.compare_digest(row.fingerprint, self._fingerprint())
        if row.room != self.room or not same:
            raise Conflict(
                "This key was used for another message.", code="key_reused", source="key"
            )
        return from_row(row)

    def _create(self, batch: MessageBatch, room_id: int) -> dict[str, Any]:
        batch.last_ids[self.room] += 1
        number, now = batch.last_ids[self.room], batch.draft.now
        # `record` assigns the next position as `rev`, which is also `created_rev` of a new message.
        row = MessageRow(
            room=self.room,
            room_id=room_id,
            id=number,
            rev=0,
            created_rev=batch.draft.head + 1,
            nick=self.nick,
            verified=self.verified,
            user_id=self.user_id,
            sender=self.sender,
            text=self.text,
            payload=payloads.with_time(self.payload, now),
            key=self.key,
            fingerprint=None if self.key is None else self._fingerprint(),
            created=now,
            edited=None,
            deleted=None,
        )
        batch.created.append(row)
        batch.rows[self.room, number] = row
        if self.key is not None:
            batch.keys[self.sender, self.key] = row
        return batch.record(row)

    def _fingerprint(self) -> str:
        # Salted with the key, so that equal texts have different hashes in the database.
        return sha256(f"{self.key}\0{self.room}\0{self.text}".encode()).hexdigest()


def _nick_checks(changes: Sequence[Any]) -> set[NickCheck]:
    """Return the nicks that nobody else may use on other nodes; none with SQLite."""
    return {c.nick_check for c in changes if isinstance(c, PostMessage) and c.nick_check}


def _concerned(
    changes: Sequence[Any],
) -> tuple[set[str], set[tuple[str, str]], set[tuple[str, int]]]:
    """Return the names of rooms, the keys and the ids that the changes concern."""
    names: set[str] = set()
    keys: set[tuple[str, str]] = set()
    ids: set[tuple[str, int]] = set()
    for change in changes:
        names.add(change.room)
        if not isinstance(change, PostMessage):
            ids.add((change.room, change.id))
        elif change.key:
            keys.add((change.sender, change.key))
    return names, keys, ids
