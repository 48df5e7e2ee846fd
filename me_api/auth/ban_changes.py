"""The changes of bans, applied in the committer's transaction, each with its audit entry."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import delete, insert, select, update

from me_api.auth import audit
from me_api.auth.audit import Actor
from me_api.auth.bans import Ban, to_ban
from me_api.auth.moderation_models import BanRow
from me_api.errors import Forbidden, NotFound
from me_api.eventlog import Change, Transaction


@dataclass(frozen=True, slots=True)
class AddBan(Change):
    """Ban a subject from a room, or from the site; in place of a ban of the same from there.

    `user_id` is that of the subject, if it is a user.
    """

    subject: str
    user_id: int | None
    target: str
    room: str | None
    until: str | None
    reason: str
    with_address: bool
    actor: Actor
    addresses: frozenset[str] = frozenset()
    """The subjects of the addresses that are known of the guest, for a ban `with_address`."""

    def apply(self, transaction: Transaction) -> Ban:
        """Return the new ban; raises `Forbidden` if the actor may not ban this user."""
        audit.check_rank(transaction, self.actor, self.user_id)
        if audit.role_of(transaction, self.user_id) == "owner":
            raise Forbidden("An owner cannot be banned.")
        for ban in map(to_ban, transaction.connection.execute(select(BanRow.__table__)).all()):
            ended = ban.until is not None and ban.until <= transaction.now
            if ended or (ban.subjects[0], ban.room) == (self.subject, self.room):
                transaction.connection.execute(delete(BanRow).where(BanRow.id == ban.id))
        number = audit.record(
            transaction,
            self.actor,
            "ban",
            self.target,
            self.user_id,
            room=self.room,
            reason=self.reason,
        )
        subjects = (self.subject, *sorted(self.addresses))
        values = {
            "id": number,
            "subjects": " ".join(subjects),
            "room": self.room,
            "target": self.target,
            "with_address": self.with_address,
            "until": self.until,
            "reason": self.reason,
            "created": transaction.now,
            "actor": self.actor.nick,
        }
        transaction.connection.execute(insert(BanRow).values(values))
        transaction.change_access()
        return Ban(**{**values, "subjects": subjects})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class AddAddresses(Change):
    """Add the subjects of addresses to a ban, as long as there is one of this id."""

    ban_id: int
    subjects: frozenset[str]

    def apply(self, transaction: Transaction) -> None:
        row = transaction.connection.execute(
            select(BanRow.__table__).where(BanRow.id == self.ban_id)
        ).one_or_none()
        if row is None:
            return
        ban = to_ban(row)
        new = sorted(self.subjects.difference(ban.subjects))
        if new:
            ban = replace(ban, subjects=(*ban.subjects, *new))
            changed = update(BanRow).where(BanRow.id == ban.id)
            transaction.connection.execute(changed.values(subjects=" ".join(ban.subjects)))
            transaction.change_access()


@dataclass(frozen=True, slots=True)
class LiftBan(Change):
    """End a ban before its time."""

    id: int
    actor: Actor

    def apply(self, transaction: Transaction) -> None:
        """Delete the ban.

        Raises `NotFound`, or `Forbidden` if the actor may not moderate this user: no moderator ends
        a ban of themselves.
        """
        row = transaction.connection.execute(
            select(BanRow.__table__).where(BanRow.id == self.id)
        ).one_or_none()
        if row is None:
            raise NotFound(f"There is no ban {self.id}.", source="id")
        user_id = to_ban(row).user_id
        audit.check_rank(transaction, self.actor, user_id)
        audit.record(transaction, self.actor, "unban", row.target, user_id, room=row.room)
        transaction.connection.execute(delete(BanRow).where(BanRow.id == self.id))
        transaction.change_access()
