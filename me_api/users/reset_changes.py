"""Changes of a forgotten password: the secret of a link, and its use."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from sqlalchemy import select, update

from me_api.auth import audit
from me_api.auth.audit import Actor
from me_api.auth.models import UserRow
from me_api.auth.users import User, by_id
from me_api.errors import Forbidden
from me_api.eventlog import Change, Transaction
from me_api.users.account_changes import ChangeAccount
from me_api.users.rows import (
    find_current,
)


@dataclass(frozen=True, slots=True)
class StoreReset(Change):
    """Store the hash of a secret by which a user can set a new password, in place of any other.

    The audit trail has it if another, the `actor`, has made the link.
    """

    user_id: int
    digest: str
    expires: str
    actor: Actor | None = None

    def apply(self, transaction: Transaction) -> None:
        user = find_current(transaction, self.user_id)
        if self.actor is not None:
            audit.record(transaction, self.actor, "reset", user.nick, user.id)
        values = {"reset_hash": self.digest, "reset_expires": self.expires}
        transaction.connection.execute(update(UserRow).where(by_id(self.user_id)).values(values))


@dataclass(frozen=True, slots=True)
class UseReset(Change):
    """Set a new password by a secret, which is valid once; ends all tokens."""

    user_id: int
    digest: str
    new_hash: str

    def apply(self, transaction: Transaction) -> User:
        """Return the user; raise `Forbidden` for a secret that is wrong, used or expired."""
        check_reset(transaction.connection, self.user_id, self.digest, transaction.now)
        return ChangeAccount(self.user_id, new_hash=self.new_hash).apply(transaction)


def check_reset(connection: Any, user_id: int, digest: str, now: str) -> None:
    """Raise `Forbidden` unless a user may set a new password by the secret of this hash."""
    columns = select(UserRow.reset_hash, UserRow.reset_expires)
    row = connection.execute(
        columns.where(by_id(user_id), UserRow.disabled.is_(None), UserRow.reset_hash.is_not(None))
    ).one_or_none()
    if row is None or not compare_digest(row.reset_hash, digest) or now >= row.reset_expires:
        detail = "This link has been used, or is too old: ask for another."
        raise Forbidden(detail, code="bad_reset", source="token")
