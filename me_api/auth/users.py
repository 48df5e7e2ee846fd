"""Registered users, and the queries that find them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from unicodedata import normalize

from pydantic import BaseModel
from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.engine import Connection, Engine

from me_api.auth import nicks
from me_api.auth.models import UserRow
from me_api.storage.statements import CompiledStatement

Role = Literal["owner", "moderator", "member"]

SENDER = "user:"
"""What a user as the author of messages begins with; the id follows."""
AT_A_TIME = 10_000
"""Users that are read by one statement; databases limit its parameters."""

COLUMNS = (
    UserRow.id,
    UserRow.email,
    UserRow.nick,
    UserRow.role,
    UserRow.generation,
    UserRow.disabled,
)
"""The columns of a `User`."""
_USER = select(*COLUMNS)
_HOLDER = CompiledStatement(_USER.where(UserRow.nick_folded == bindparam("nick")))
_EXISTING = _USER.where(UserRow.deleted.is_(None))
_ONE = CompiledStatement(_EXISTING.where(UserRow.id == bindparam("id")))
_HASH = select(UserRow.password_hash)


class UserInfo(BaseModel):
    """A user, as shown to themselves."""

    email: str
    nick: str
    role: Role


@dataclass(frozen=True, slots=True)
class User:
    """A registered user, without the password."""

    id: int
    email: str
    nick: str
    role: str
    generation: int = 0
    """That of the tokens that are valid."""
    disabled: str | None = None
    """Since when the user cannot log in."""

    @property
    def sender(self) -> str:
        """The user as the author of messages."""
        return f"{SENDER}{self.id}"

    @property
    def info(self) -> dict[str, str]:
        """The user as shown to themselves."""
        return {"email": self.email, "nick": self.nick, "role": self.role}


def id_of(sender: str) -> int | None:
    """Return the id of the user that an author is; None for a guest, and for an address."""
    return int(sender.removeprefix(SENDER)) if sender.startswith(SENDER) else None


def by_email(email: str) -> ColumnElement[bool]:
    """Return the condition for the user with this email, in any capitalisation and normal form."""
    return UserRow.email_folded == normalize("NFC", email).casefold()


def by_id(user_id: int) -> ColumnElement[bool]:
    """Return the condition for the user with this id who has not been deleted."""
    return (UserRow.id == user_id) & UserRow.deleted.is_(None)


def by_nick(nick: str) -> ColumnElement[bool]:
    """Return the condition for the user whose nick is, or looks like, this one."""
    return UserRow.nick_folded == nicks.fold(nick)


def one(engine: Engine, user_id: int) -> User | None:
    """Read the user with this id, if there is one."""
    rows = _ONE.rows(engine, {"id": user_id})
    return User(*rows[0]) if rows else None


def one_in(connection: Connection, user_id: int) -> User | None:
    """Read the user with this id in a transaction, if there is one."""
    rows = _ONE.run(connection, {"id": user_id})
    return User(*rows[0]) if rows else None


def find(connection: Connection, condition: ColumnElement[bool]) -> User | None:
    """Read the user that meets a condition, if any."""
    row = connection.execute(_USER.where(condition)).one_or_none()
    return None if row is None else User(*row)


def find_all(connection: Connection, condition: ColumnElement[bool]) -> list[User]:
    """Read all users that meet a condition, in the order of their ids."""
    rows = connection.execute(_USER.where(condition).order_by(UserRow.id))
    return [User(*row) for row in rows]


def all_of(engine: Engine, user_ids: Collection[int]) -> dict[int, User]:
    """Read those of the users that exist, by their ids."""
    wanted = list(user_ids)
    found: dict[int, User] = {}
    with engine.connect() as connection:
        for first in range(0, len(wanted), AT_A_TIME):
            some = wanted[first : first + AT_A_TIME]
            rows = connection.execute(_EXISTING.where(UserRow.id.in_(some)))
            found |= {row.id: User(*row) for row in rows}
    return found


def holder_of(engine: Engine, nick: str) -> User | None:
    """Read the user whose nick is, or looks like, this one, if any."""
    # A compiled statement, because this runs for every client that connects.
    rows = _HOLDER.rows(engine, {"nick": nicks.fold(nick)})
    return User(*rows[0]) if rows else None


def password_hash(connection: Connection, condition: ColumnElement[bool]) -> str | None:
    """Read the password hash of the user that meets a condition, if any."""
    return connection.execute(_HASH.where(condition)).scalar_one_or_none()


def first_owner(connection: Connection) -> User | None:
    """Read the owner who was created first, if any."""
    owners = _USER.where(UserRow.role == "owner").order_by(UserRow.id)
    row = connection.execute(owners.limit(1)).one_or_none()
    return None if row is None else User(*row)
