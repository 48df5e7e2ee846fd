"""Creating users, and storing a better hash of a password, in the committer's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.engine import Connection

from me_api.auth import audit, nicks
from me_api.auth.audit import Actor
from me_api.auth.models import UserRow
from me_api.auth.users import Role, User, by_email, by_nick, find
from me_api.errors import Conflict
from me_api.eventlog import Change, Transaction


@dataclass(frozen=True, slots=True)
class CreateUser(Change):
    """Create a user; without a nick, with the first free one that is derived from the email."""

    email: str
    nick: str | None
    password_hash: str
    role: Role = "member"
    reserved: frozenset[str] = frozenset()
    """Folded nicks that are not derived."""
    actor: Actor | None = None
    """Who has created it, if it is another, for the audit trail."""

    def apply(self, transaction: Transaction) -> User:
        """Return the new user; raise `Conflict` if the email or the nick is taken."""
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
        user = User(made.scalar_one(), self.email, nick, self.role)
        if self.actor is not None:
            target = f"{nick}: {self.role}"
            audit.record(transaction, self.actor, "create_account", target, user.id)
        return user

    def _free_nick(self, connection: Connection) -> str:
        if self.nick is None:
            candidates = nicks.candidates(self.email)
            allowed = (nick for nick in candidates if nicks.fold(nick) not in self.reserved)
            return next(nick for nick in allowed if find(connection, by_nick(nick)) is None)
        if find(connection, by_nick(self.nick)) is not None:
            raise Conflict("This nick is taken.", code="nick_taken", source="nick")
        return self.nick


@dataclass(frozen=True, slots=True)
class ReplaceHash(Change):
    """Replace a password's hash by one with new parameters, unless it has changed meanwhile."""

    user_id: int
    old: str
    new: str

    def apply(self, transaction: Transaction) -> None:
        unchanged = (UserRow.id == self.user_id) & (UserRow.password_hash == self.old)
        transaction.connection.execute(
            update(UserRow).where(unchanged).values(password_hash=self.new)
        )
