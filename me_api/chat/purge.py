"""Deleting all messages of a sender but for tombstones, as a moderator; the audit trail has it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from me_api.auth import audit
from me_api.auth.audit import Actor
from me_api.chat import access
from me_api.chat.messages_of import Place, batches, places_of
from me_api.chat.tombstones import blank_all
from me_api.eventlog import Change, Transaction, log
from me_api.extensions import pools


@dataclass(frozen=True, slots=True)
class PurgeMessages(Change):
    """Delete some messages of a sender; the first batch makes the audit entry."""

    places: tuple[Place, ...]
    sender: str
    user_id: int | None
    target: str
    actor: Actor
    room: str | None
    reason: str
    entry: int | None

    def apply(self, transaction: Transaction) -> tuple[int, int]:
        """Return the id of the entry, and how many messages were deleted.

        Raises `Forbidden` if the actor may not moderate this user.
        """
        audit.check_rank(transaction, self.actor, self.user_id)
        count = blank_all(transaction, self.sender, set(self.places))
        entry = self.entry
        if entry is None:
            entry = audit.record(
                transaction,
                self.actor,
                "purge",
                self.target,
                self.user_id,
                room=self.room,
                reason=self.reason,
                count=count,
            )
        else:
            audit.add_to_count(transaction, entry, count)
        return entry, count


def purge(
    sender: str, user_id: int | None, target: str, actor: Actor, room: str | None, reason: str
) -> int:
    """Delete all messages of a sender, in a room or everywhere; return how many.

    Blocks this greenlet only. Raises `NotFound`, `Gone`, `Busy`, or `Forbidden` if the actor may
    not moderate this user.
    """
    room_id = None if room is None else access.find(room).id
    total, entry = 0, None
    while True:
        # Again, until nothing is left: the sender may have gone on writing.
        read = partial(places_of, sender=sender, room_id=room_id)
        places = log.background.read(pools.search, read, admitted=entry is not None)
        if not places and entry is not None:
            return total
        # One without messages, if there are none: the entry is made nevertheless.
        for some in batches(places) if places else [()]:
            change = PurgeMessages(some, sender, user_id, target, actor, room, reason, entry)
            entry, count = log.commit(change)
            total += count
