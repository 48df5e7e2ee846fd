"""The use cases of owners: all accounts, their roles, and disabling them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from me_api.auth import users
from me_api.auth.audit import Actor
from me_api.auth.identity import Identity
from me_api.auth.models import UserRow
from me_api.auth.users import User
from me_api.errors import Forbidden, NotFound
from me_api.eventlog import log
from me_api.extensions import db
from me_api.users.account import own
from me_api.users.admin_changes import ManageUser
from me_api.users.schemas import UserPatch, UsersQuery

_COLUMNS = (
    UserRow.id,
    UserRow.email,
    UserRow.nick,
    UserRow.role,
    UserRow.created,
    UserRow.disabled,
)


def check_owner(identity: Identity) -> User:
    """Return the caller as an owner; raise `Forbidden`, or `Unauthorized`."""
    user = own(identity)
    if not identity.is_owner:
        raise Forbidden("Only an owner may do this.")
    return user


def page(query: UsersQuery) -> dict[str, Any]:
    """Return the accounts after an id, and whether there are more."""
    found = select(*_COLUMNS).where(UserRow.deleted.is_(None), UserRow.id > query.after)
    with db.engine.connect() as connection:
        rows = connection.execute(found.order_by(UserRow.id).limit(query.limit + 1)).all()
    data = [{**row._mapping, "disabled": row.disabled is not None} for row in rows]
    return {"data": data[: query.limit], "more": len(data) > query.limit}


def change(user_id: int, wanted: UserPatch, owner: User) -> dict[str, Any]:
    """Change the role of a user, or disable the account, as an owner; return it.

    Raises `NotFound`, or `Conflict` for the last owner.
    """
    log.commit(ManageUser(user_id, Actor.of(owner), wanted.role, wanted.disabled))
    changed: dict[str, Any] = page(UsersQuery(after=user_id - 1, limit=1))["data"][0]
    return changed


def named(name: str) -> User:
    """Return the user with this email, nick or id; raise `NotFound`."""
    condition = users.by_email(name) | users.by_nick(name)
    if name.isdecimal() and len(name) < 10:
        condition |= UserRow.id == int(name)
    with db.engine.connect() as connection:
        found = users.find_all(connection, condition & UserRow.deleted.is_(None))
    if not found:
        raise NotFound(f"There is no user {name!r}.")
    # An email or a nick of digits comes before another's id.
    return min(found, key=lambda user: str(user.id) == name)
