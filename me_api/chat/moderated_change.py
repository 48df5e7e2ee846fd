"""What moderators and owners do to single messages of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from me_api.auth import audit
from me_api.auth.audit import Actor
from me_api.chat import message_statements
from me_api.chat.message_edits import ExistingMessageChange
from me_api.eventlog import Change, Transaction


@dataclass(frozen=True, slots=True)
class ModeratedChange(Change):
    """An edit or a deletion by somebody who may do that to others' messages: then it is recorded.

    One that changes nothing is not.
    """

    change: ExistingMessageChange
    actor: Actor

    def apply(self, transaction: Transaction) -> dict[str, Any]:
        """Return the message; raises what the change raises, and `Forbidden` for a higher rank."""
        place = (self.change.room, self.change.id)
        batch = message_statements.load(transaction, {place[0]}, set(), {place})
        row = batch.rows.get(place)
        is_others = row is not None and row.sender != self.change.sender
        if row is not None and is_others:
            audit.check_rank(transaction, self.actor, row.user_id)
        body: dict[str, Any] = self.change.decide(batch)
        message_statements.save(transaction, batch)
        if row is not None and is_others and batch.changed:
            audit.record(
                transaction,
                self.actor,
                self.change.action,
                f"{row.nick}: message {row.id}",
                row.user_id,
                room=row.room,
                count=1,
            )
        return body
