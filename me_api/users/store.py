"""Users in the database: the writes, decided inside the committer's transaction, and the reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, bindparam, insert, select, update
from sqlalchemy.engine import Connection, Engine

from me_api.errors import Conflict
from me_api.eventlog import Change, Transaction
from me_api.storage.statements import Prepared
from me_api.users import nicks
from me_api.users.models import UserRow

Role = Literal["owner", "member"]

_USER = select(UserRow.id, UserRow.email, UserRow.nick, UserRow.role)
_HOLDER = Prepared(_USER.where(UserRow.nick_folded == bindparam("nick")))
_HASH = select(UserRow.password_hash)


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


@dataclass(frozen=True, slots=True)
class CreateUser(Change):
    """Make a user; without a nick the first free one for the email is taken."""

    email: str
    nick: str | None
    password_hash: str
    role: Role = "member"

    def apply(self, transaction: Transaction) -> User:
        """Give the new user; raises `Conflict` for a taken email or nick."""
        connection = transaction.connection
        if find(connection, by_email(self.email)) is not None:
            raise Conflict("This email is registered.", code="email_taken", source="email")
        nick = self._free_nick(connection)
        values: dict[str, Any] = {
            "email": self.email,
            "email_folded": self.email.casefold(),
            "nick": nick,
            "nick_folded": nicks.fold(nick),
            "password_hash": self.password_hash,
            "role": self.role,
            "created": transaction.now,
        }
        made = connection.execute(insert(UserRow).values(values).returning(UserRow.id))
        return User(made.scalar_one(), self.email, nick, self.role)

    def _free_nick(self, connection: Connection) -> str:
        if self.nick is None:
            wishes = nicks.wishes(self.email)
            return next(nick for nick in wishes if find(connection, by_nick(nick)) is None)
        if find(connection, by_nick(self.nick)) is not None:
            raise Conflict("This nick is taken.", code="nick_taken", source="nick")
        return self.nick


@dataclass(frozen=True, slots=True)
class ReplaceHash(Change):
    """Keep a password under new parameters, unless it was changed meanwhile."""

    user_id: int
    old: str
    new: str

    def apply(self, transaction: Transaction) -> None:
        """Store the new hash."""
        mine = (UserRow.id == self.user_id) & (UserRow.password_hash == self.old)
        transaction.connection.execute(update(UserRow).where(mine).values(password_hash=self.new))


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
