"""Deleting messages but for their tombstones, which are published."""

from __future__ import annotations

from typing import Any

from me_api.chat import message_statements
from me_api.chat.message_batch import MessageBatch, MessageRow
from me_api.eventlog import Transaction

BATCH = 64
"""Messages that are deleted in one transaction: a few milliseconds of the committer."""


def blank(batch: MessageBatch, row: MessageRow) -> dict[str, Any]:
    """Delete a message but for its tombstone, which is published, and return that."""
    row.text = row.payload = row.fingerprint = None
    row.deleted = batch.draft.now
    batch.changed[row.room, row.id] = row
    return batch.record(row)


def blank_all(transaction: Transaction, sender: str, places: set[tuple[str, int]]) -> int:
    """Delete those of these messages that are a sender's, in their order; return how many.

    A place is the room's name and the message's id.
    """
    batch = message_statements.load(transaction, {room for room, _ in places}, set(), places)
    rows = sorted(batch.rows.values(), key=lambda row: row.rev)
    own = [row for row in rows if row.sender == sender and row.deleted is None]
    for row in own:
        blank(batch, row)
    message_statements.save(transaction, batch)
    return len(own)
