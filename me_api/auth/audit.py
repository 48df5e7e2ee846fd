"""The audit trail: what owners and moderators do to others, in the transaction that does it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from sqlalchemy import func, insert, select, update

from me_api.auth import lookup, users, web_tokens
from me_api.auth.models import UserRow
from me_api.auth.moderation_models import ModerationRow
from me_api.auth.users import User
from me_api.errors import Forbidden
from me_api.eventlog import Transaction

AuditAction = Literal[
    "create_account",
    "role",
    "disable",
    "enable",
    "sign_out",
    "reset",
    "delete_account",
    "create_token",
    "revoke_token",
    "ban",
    "unban",
    "purge",
    "edit",
    "delete",
    "edit_report",
    "delete_report",
    "rename",
    "access",
    "retention",
    "archive",
    "unarchive",
    "delete_room",
]
"""What is recorded. The name has at most 16 characters."""
MAX_TARGET = 200
"""Characters of a target."""
NOBODY = 0
"""The `target_id` of an entry that concerned no user."""


class Actor(NamedTuple):
    """By whom something is done: a user, or an operator at the command line, with every right."""

    id: int | None
    nick: str
    role: str

    @classmethod
    def of(cls, user: User) -> Actor:
        """Return a user as an actor."""
        return cls(user.id, user.nick, user.role)


OPERATOR = Actor(None, "flask", "owner")
"""The command line."""


def check_actor(transaction: Transaction, actor: Actor) -> None:
    """Raise `Forbidden` if the actor's role is another by now, or `Unauthorized` without one."""
    if actor.id is None:
        return
    user = users.find(transaction.connection, users.by_id(actor.id))
    refusal = lookup.refuse(user, None)
    if user is None or refusal is not None:
        raise (refusal or web_tokens.bad_token)()
    if user.role != actor.role:
        raise Forbidden(f"Your role is {user.role} by now.")


def check_rank(transaction: Transaction, actor: Actor, user_id: int | None) -> None:
    """Raise `Forbidden` for a moderator who moderates an owner or another moderator.

    Guests have no id. Raises what `check_actor` raises.
    """
    check_actor(transaction, actor)
    if actor.role != "owner" and role_of(transaction, user_id) in ("owner", "moderator"):
        raise Forbidden("Only an owner may do this to an owner or a moderator.")


def role_of(transaction: Transaction, user_id: int | None) -> str | None:
    """Return the role of a user, if there is one of this id."""
    if user_id is None:
        return None
    found = select(UserRow.role).where(UserRow.id == user_id)
    role: str | None = transaction.connection.execute(found).scalar_one_or_none()
    return role


def record(
    transaction: Transaction,
    actor: Actor,
    action: AuditAction,
    target: str,
    target_id: int | None,
    *,
    room: str | None = None,
    reason: str = "",
    count: int = 0,
) -> int:
    """Add an entry to the audit trail; return its id. They count from 1.

    `target` is what it is shown to be about, `target_id` the user, if it is about one.
    """
    # Nothing is ever deleted here, and no other transaction writes meanwhile.
    last = select(func.coalesce(func.max(ModerationRow.id), 0))
    number = int(transaction.connection.execute(last).scalar_one()) + 1
    values = {
        "id": number,
        "time": transaction.now,
        "actor_id": actor.id,
        "actor": actor.nick,
        "action": action,
        "room": room,
        "target": target[:MAX_TARGET],
        "reason": reason,
        "count": count,
        "target_id": NOBODY if target_id is None else target_id,
    }
    transaction.connection.execute(insert(ModerationRow).values(values))
    return number


def add_to_count(transaction: Transaction, number: int, count: int) -> None:
    """Add to the number of messages of an entry."""
    entry = update(ModerationRow).where(ModerationRow.id == number)
    transaction.connection.execute(entry.values(count=ModerationRow.count + count))
