"""The changes of messages; they are decided in the committer's thread.

A batch is decided in memory, in the order of arrival, on the rows it concerns; then what came of
it is written, however many changes it holds.
"""

from __future__ import annotations

import hmac
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from me_api.chat import payloads
from me_api.chat.message_batch import MessageBatch, MessageRow, open_ledger, write_ledger
from me_api.chat.serializer import from_row
from me_api.errors import ApiError, Conflict, Forbidden, Gone
from me_api.eventlog import Change, Transaction


class MessageChange(Change):
    """A change of one message; neighbours in a batch are decided together."""

    room: str

    def apply(self, transaction: Transaction) -> Any:
        """Make the change alone."""
        outcome = self.apply_all(transaction, [self])[0]
        if isinstance(outcome, ApiError):
            raise outcome
        return outcome

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Any]) -> list[Any]:
        """Decide all in their order, then write what came of it."""
        ledger = open_ledger(
            transaction,
            {change.room for change in changes},
            {(c.sender, c.key) for c in changes if isinstance(c, PostMessage) and c.key},
            {(c.room, c.id) for c in changes if isinstance(c, _ExistingMessageChange)},
        )
        outcomes = [_decide(change, ledger) for change in changes]
        write_ledger(ledger)
        return outcomes

    @abstractmethod
    def decide(self, ledger: MessageBatch) -> Any:
        """Decide the change on the ledger; raise an `ApiError` before touching it."""


@dataclass(frozen=True, slots=True)
class PostMessage(MessageChange):
    """Store a new message, or find the one that the same key has stored."""

    room: str
    text: str
    nick: str
    verified: bool
    sender: str
    user_id: int | None
    key: str | None
    payload: object = None

    def decide(self, ledger: MessageBatch) -> tuple[dict[str, Any], bool]:
        """Give the message and whether it is new."""
        room = ledger.room(self.room)
        if self.user_id is None and room.guests != "post":
            raise Forbidden(f"Guests may not write in {self.room!r}.", code="members_only")
        known = ledger.keys.get((self.sender, self.key or ""))
        if known is not None:
            return self._again(known), False
        return self._new(ledger, room.id), True

    def _again(self, row: MessageRow) -> dict[str, Any]:
        """Recognise a retry; the message is given as it now is, even edited or deleted."""
        same = row.fingerprint is None or hmac.compare_digest(row.fingerprint, self._fingerprint())
        if row.room != self.room or not same:
            raise Conflict(
                "This key was used for another message.", code="key_reused", source="key"
            )
        return from_row(row)

    def _new(self, ledger: MessageBatch, room_id: int) -> dict[str, Any]:
        ledger.last_ids[self.room] += 1
        number, now = ledger.last_ids[self.room], ledger.transaction.now
        row = MessageRow(
            room=self.room,
            room_id=room_id,
            id=number,
            rev=0,
            created_rev=ledger.transaction.head + 1,
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
        ledger.created.append(row)
        ledger.rows[self.room, number] = row
        if self.key is not None:
            ledger.keys[self.sender, self.key] = row
        return ledger.publish(row)

    def _fingerprint(self) -> str:
        """Hash what was asked for, salted with the key."""
        return sha256(f"{self.key}\0{self.room}\0{self.text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _ExistingMessageChange(MessageChange):
    """A change of a message that exists, by its sender or the site's owner."""

    room: str
    id: int
    sender: str | None
    user_id: int | None
    owner: bool

    def target(self, ledger: MessageBatch) -> MessageRow:
        """Find the message, if it is this caller's to change."""
        if self.user_id is None and ledger.room(self.room).guests != "post":
            raise Forbidden(f"Guests may not write in {self.room!r}.", code="members_only")
        row = ledger.find(self.room, self.id)
        if not (self.owner or row.sender == self.sender):
            raise Forbidden("Only its sender or the owner may change a message.")
        return row

    def changed(self, ledger: MessageBatch, row: MessageRow) -> dict[str, Any]:
        """Note the change."""
        ledger.changed[row.room, row.id] = row
        return ledger.publish(row)


@dataclass(frozen=True, slots=True)
class EditMessage(_ExistingMessageChange):
    """Give a message a new text; the same text again changes nothing."""

    text: str

    def decide(self, ledger: MessageBatch) -> dict[str, Any]:
        """Give the message as it then is."""
        row = self.target(ledger)
        if row.deleted is not None:
            raise Gone(f"Message {self.id} was deleted.", code="deleted")
        if row.text == self.text:
            return from_row(row)
        row.text, row.edited = self.text, ledger.transaction.now
        if row.payload is not None:
            row.payload = payloads.with_text(row.payload, self.text)
        return self.changed(ledger, row)


@dataclass(frozen=True, slots=True)
class DeleteMessage(_ExistingMessageChange):
    """Leave a tombstone of a message; again changes nothing."""

    def decide(self, ledger: MessageBatch) -> dict[str, Any]:
        """Give the tombstone."""
        row = self.target(ledger)
        if row.deleted is not None:
            return from_row(row)
        row.text = row.payload = row.fingerprint = None
        row.deleted = ledger.transaction.now
        return self.changed(ledger, row)


def _decide(change: MessageChange, ledger: MessageBatch) -> Any:
    try:
        return change.decide(ledger)
    except ApiError as refusal:
        return refusal
