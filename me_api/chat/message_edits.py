"""Editing and deleting messages: changes of one that exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from me_api.auth.audit import AuditAction
from me_api.chat import payloads
from me_api.chat.message_batch import MessageBatch, MessageRow, guests_only_read
from me_api.chat.message_changes import MessageChange
from me_api.chat.serializer import from_row
from me_api.chat.tombstones import blank
from me_api.errors import Forbidden, Gone


@dataclass(frozen=True, slots=True)
class ExistingMessageChange(MessageChange):
    """A change of an existing message, allowed to its sender and to some others.

    `owner` is whether the caller is an owner.
    """

    action: ClassVar[AuditAction]
    """What the audit trail calls it."""

    room: str
    id: int
    sender: str | None
    user_id: int | None
    owner: bool

    @property
    def allowed(self) -> bool:
        """Whether the caller may do this to messages of others."""
        return self.owner

    def target(self, batch: MessageBatch) -> MessageRow:
        """Return the message; raises `NotFound`, or `Forbidden` if the caller may not change it."""
        if self.user_id is None and batch.room(self.room).guests != "post":
            raise guests_only_read(self.room)
        row = batch.find(self.room, self.id)
        if not (self.allowed or row.sender == self.sender):
            raise Forbidden("Only its sender or the owner may change a message.")
        return row

    def changed(self, batch: MessageBatch, row: MessageRow) -> dict[str, Any]:
        """Mark the row as changed and publish it."""
        batch.changed[row.room, row.id] = row
        return batch.record(row)


@dataclass(frozen=True, slots=True)
class EditMessage(ExistingMessageChange):
    """Replace the text of a message; the same text changes nothing."""

    action = "edit"

    text: str

    def decide(self, batch: MessageBatch) -> dict[str, Any]:
        """Return the edited message; raises `Gone` if it was deleted."""
        row = self.target(batch)
        if row.deleted is not None:
            raise Gone(f"Message {self.id} was deleted.", code="deleted")
        batch.check_open(self.room)
        if row.text == self.text:
            return from_row(row)
        row.text, row.edited = self.text, batch.draft.now
        if row.payload is not None:
            row.payload = payloads.with_text(row.payload, self.text)
        return self.changed(batch, row)


@dataclass(frozen=True, slots=True)
class DeleteMessage(ExistingMessageChange):
    """Delete a message but for a tombstone; a deleted one stays as it is."""

    action = "delete"

    moderates: bool = False
    """Whether the caller is a moderator."""

    @property
    def allowed(self) -> bool:
        """Whether the caller may do this to messages of others."""
        return self.owner or self.moderates

    def decide(self, batch: MessageBatch) -> dict[str, Any]:
        """Return the tombstone, also if the message was deleted before."""
        row = self.target(batch)
        if row.deleted is not None:
            return from_row(row)
        if not self.allowed:
            batch.check_open(self.room)
        return blank(batch, row)
