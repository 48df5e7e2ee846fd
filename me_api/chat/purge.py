"""Deleting all messages of a sender but for tombstones, as a moderator; the audit trail has it.

A purge has many transactions. It is stored from the first to the last, so that it can be finished
if a process, or the database, fails in between.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import DBAPIError

from me_api.auth import audit, users
from me_api.auth.audit import Actor
from me_api.auth.moderation_models import ModerationRow, PurgeRow
from me_api.chat import access
from me_api.chat.messages_of import Place, Places, batches, places_of
from me_api.chat.tombstones import blank_all
from me_api.errors import Forbidden, StorageUnavailable, Unauthorized
from me_api.eventlog import Change, Transaction, log, retry
from me_api.extensions import db, loop, pools

logger = logging.getLogger(__name__)

UNFINISHED = "messages of somebody that are to be deleted were not all deleted yet"


@dataclass(frozen=True, slots=True)
class PurgeOrder:
    """A purge: whose messages, in which room or everywhere, and by whom."""

    sender: str
    room: str | None
    actor: Actor

    def check(self, transaction: Transaction) -> None:
        """Raise `Forbidden` if the actor may not moderate this sender, or `Unauthorized`."""
        audit.check_rank(transaction, self.actor, users.id_of(self.sender))

    def places(self, *, upto: int | None = None, admitted: bool = True) -> Places:
        """Return what is to be deleted, of messages that were posted up to a position if given."""
        read = partial(places_of, sender=self.sender, room=self.room, upto=upto)
        return log.background.read(pools.search, read, admitted=admitted)


@dataclass(frozen=True, slots=True)
class BeginPurge(Change):
    """Record a purge in the audit trail, and that it is not finished."""

    purge: PurgeOrder
    target: str
    reason: str

    def apply(self, transaction: Transaction) -> int:
        """Return the id of the entry; raise what `PurgeOrder.check` raises."""
        purge = self.purge
        purge.check(transaction)
        entry = audit.record(
            transaction,
            purge.actor,
            "purge",
            self.target,
            users.id_of(purge.sender),
            room=purge.room,
            reason=self.reason,
        )
        values = {
            "id": entry,
            "sender": purge.sender,
            "room": purge.room,
            "upto": transaction.head,
            "actor_id": purge.actor.id,
            "actor_role": purge.actor.role,
        }
        transaction.connection.execute(insert(PurgeRow).values(values))
        return entry


@dataclass(frozen=True, slots=True)
class PurgeMessages(Change):
    """Delete some messages of a sender, and count them in the entry of the purge."""

    purge: PurgeOrder
    entry: int
    places: tuple[Place, ...]

    def apply(self, transaction: Transaction) -> int:
        """Return how many were deleted; raise what `PurgeOrder.check` raises."""
        self.purge.check(transaction)
        count = blank_all(transaction, self.purge.sender, set(self.places))
        audit.add_to_count(transaction, self.entry, count)
        return count


@dataclass(frozen=True, slots=True)
class FinishPurge(Change):
    """Record that there is nothing left to do for a purge."""

    entry: int

    def apply(self, transaction: Transaction) -> None:
        transaction.connection.execute(delete(PurgeRow).where(PurgeRow.id == self.entry))


def purge(sender: str, target: str, actor: Actor, room: str | None, reason: str) -> int:
    """Delete all messages of a sender, in a room or everywhere; return how many.

    Blocks this greenlet only. Raises `NotFound`, `Gone`, `Busy`, or `Forbidden` if the actor may
    not moderate this user. If the database fails meanwhile, the rest is deleted later.
    """
    if room is not None:
        access.find(room)
    wanted = PurgeOrder(sender, room, actor)
    places = wanted.places(admitted=False)
    entry: int = log.commit(BeginPurge(wanted, target, reason))
    try:
        total = _delete(wanted, entry, places)
        # Until nothing is left, also of what the sender has written meanwhile.
        while places := wanted.places():
            total += _delete(wanted, entry, places)
        log.commit(FinishPurge(entry))
    except (StorageUnavailable, DBAPIError):
        retry.until_success(loop, UNFINISHED, partial(finish_purges, entry))
        raise
    return total


def finish_purges(entry: int | None = None) -> None:
    """Finish this purge, or all that a process has begun and not finished.

    What the sender has posted since it was begun stays: that may be a long time ago.
    """
    query = select(PurgeRow.__table__, ModerationRow.actor).join(
        ModerationRow, ModerationRow.id == PurgeRow.id
    )
    if entry is not None:
        query = query.where(PurgeRow.id == entry)
    with db.engine.connect() as connection:
        rows = connection.execute(query.order_by(PurgeRow.id)).all()
    for row in rows:
        _finish(row)


def _finish(row: Any) -> None:
    wanted = PurgeOrder(row.sender, row.room, Actor(row.actor_id, row.actor, row.actor_role))
    try:
        _delete(wanted, row.id, wanted.places(upto=row.upto))
    except (Forbidden, Unauthorized) as error:
        # It was ended.
        logger.warning("messages that were to be deleted stay: %s", error.detail)
        return
    log.commit(FinishPurge(row.id))


def _delete(wanted: PurgeOrder, entry: int, places: Places) -> int:
    """Delete these messages; end the purge if its actor may not do that any more."""
    try:
        return sum(log.commit(PurgeMessages(wanted, entry, some)) for some in batches(places))
    except (Forbidden, Unauthorized):
        log.commit(FinishPurge(entry))
        raise
