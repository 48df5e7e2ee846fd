"""Writes of users, applied in the committer's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.engine import Connection

from me_api.auth import nicks
from me_api.auth.models import UserRow
from me_api.auth.users import Role, User, by_email, by_nick, find
from me_api.errors import Conflict
from me_api.eventlog import Change, Transaction


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
            wishes = nicks.candidates(self.email)
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
