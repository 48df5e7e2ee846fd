"""The change of an account by owners, decided in the committer's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from me_api.auth import audit
from me_api.auth.audit import Actor
from me_api.auth.users import User, by_id, find
from me_api.errors import NotFound
from me_api.eventlog import Change, Transaction
from me_api.users.rows import (
    NO_RESET,
    check_not_last_owner,
    next_generation,
    update_user,
)


@dataclass(frozen=True, slots=True)
class ManageUser(Change):
    """Change the role of a user, or whether the account is disabled, which ends all tokens.

    The audit trail says by whom.
    """

    user_id: int
    actor: Actor
    role: str | None = None
    disabled: bool | None = None

    def apply(self, transaction: Transaction) -> User:
        """Return the changed user; raise `NotFound`, or `Conflict` for the last owner.

        Raises what `audit.check_actor` raises.
        """
        audit.check_actor(transaction, self.actor)
        user = find(transaction.connection, by_id(self.user_id))
        if user is None:
            raise NotFound(f"There is no user {self.user_id}.", source="id")
        if self.disabled or self.role not in (None, "owner"):
            check_not_last_owner(transaction, user)
        values: dict[str, Any] = {}
        if self.role not in (None, user.role):
            values["role"] = self.role
            audit.record(transaction, self.actor, "role", f"{user.nick}: {self.role}", user.id)
        if self.disabled and user.disabled is None:
            values |= {"disabled": transaction.now, **NO_RESET, **next_generation()}
            audit.record(transaction, self.actor, "disable", user.nick, user.id)
        elif self.disabled is False and user.disabled is not None:
            values["disabled"] = None
            audit.record(transaction, self.actor, "enable", user.nick, user.id)
        return update_user(transaction, self.user_id, values)
