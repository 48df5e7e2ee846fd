"""The registered user, and the queries that find one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel
from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.engine import Connection, Engine

from me_api.auth import nicks
from me_api.auth.models import UserRow
from me_api.storage.statements import CompiledStatement

Role = Literal["owner", "member"]

_USER = select(UserRow.id, UserRow.email, UserRow.nick, UserRow.role)
_HOLDER = CompiledStatement(_USER.where(UserRow.nick_folded == bindparam("nick")))
_HASH = select(UserRow.password_hash)


class UserInfo(BaseModel):
    """A user, as shown to themselves."""

    email: str
    nick: str
    role: Literal["owner", "member"]


@dataclass(frozen=True, slots=True)
class User:
    """A registered user."""

    id: int
    email: str
    nick: str
    role: str

    @property
    def sender(self) -> str:
        """Name this user as whose a message is."""
        return f"user:{self.id}"


def by_id(user_id: int) -> ColumnElement[bool]:
    """Select the user with this id."""
    return UserRow.id == user_id


def by_email(email: str) -> ColumnElement[bool]:
    """Select the user with this email, however it is capitalised."""
    return UserRow.email_folded == email.casefold()


def by_nick(nick: str) -> ColumnElement[bool]:
    """Select the user whose nick looks like this one."""
    return UserRow.nick_folded == nicks.fold(nick)


def find(connection: Connection, which: ColumnElement[bool]) -> User | None:
    """Read one user."""
    row = connection.execute(_USER.where(which)).one_or_none()
    return None if row is None else User(*row)


def holder_of(engine: Engine, nick: str) -> User | None:
    """Read the user whose nick looks like this one; everybody who connects is looked up so."""
    rows = _HOLDER.rows(engine, {"nick": nicks.fold(nick)})
    return User(*rows[0]) if rows else None


def password_hash(connection: Connection, which: ColumnElement[bool]) -> str | None:
    """Read one user's password hash."""
    return connection.execute(_HASH.where(which)).scalar_one_or_none()


def first_owner(connection: Connection) -> User | None:
    """Read the owner who was made first."""
    owners = _USER.where(UserRow.role == "owner").order_by(UserRow.id)
    row = connection.execute(owners.limit(1)).one_or_none()
    return None if row is None else User(*row)
