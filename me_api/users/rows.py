"""Reading and writing the row of a user in a change of the account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from me_api.auth import lookup, web_tokens
from me_api.auth.models import UserRow
from me_api.auth.users import User, by_id, find
from me_api.errors import Conflict
from me_api.eventlog import Transaction

NO_RESET: dict[str, Any] = {"reset_hash": None, "reset_expires": None}
"""The values by which no link for a new password is valid any more."""


def find_current(transaction: Transaction, user_id: int, generation: int | None = None) -> User:
    """Return a user; raise `Unauthorized` if the account was deleted meanwhile.

    With the generation of a login, also if that has ended.
    """
    user = find(transaction.connection, by_id(user_id))
    if user is None:
        raise web_tokens.bad_token()
    refusal = None if generation is None else lookup.refuse(user, generation)
    if refusal is not None:
        raise refusal()
    return user


def check_not_last_owner(transaction: Transaction, user: User) -> None:
    """Raise `Conflict` if nobody else is an owner."""
    others = select(func.count(UserRow.id)).where(
        UserRow.role == "owner",
        UserRow.id != user.id,
        UserRow.deleted.is_(None),
        UserRow.disabled.is_(None),
    )
    if user.role == "owner" and not transaction.connection.execute(others).scalar_one():
        raise Conflict("This is the only owner: make another one first.", code="last_owner")


def update_user(transaction: Transaction, user_id: int, values: dict[str, Any]) -> User:
    """Change a user, which takes effect on all that is connected; return the user."""
    row = update(UserRow).where(UserRow.id == user_id)
    if values:
        transaction.connection.execute(row.values(values))
        transaction.change_access()
    user = find(transaction.connection, UserRow.id == user_id)
    assert user is not None, "it was found before"
    return user


def next_generation() -> dict[str, Any]:
    """Return the values by which all tokens of a user end."""
    return {"generation": UserRow.generation + 1}
