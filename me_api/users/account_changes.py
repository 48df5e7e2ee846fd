"""Changes of accounts, decided in the committer's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, update

from me_api.auth import audit, nicks
from me_api.auth.audit import Actor
from me_api.auth.models import TokenRow, UserRow
from me_api.auth.user_data import ShownNick
from me_api.auth.users import User, by_email, by_nick, find
from me_api.errors import Conflict, Forbidden
from me_api.eventlog import Change, Transaction
from me_api.recovery.models import Session
from me_api.users.rows import (
    NO_RESET,
    check_not_last_owner,
    find_current,
    next_generation,
    update_user,
)

DELETED_NICK = "(deleted)"
"""In place of the nick of a user whose messages are deleted, too."""


@dataclass(frozen=True, slots=True)
class ChangeAccount(Change):
    """Change nick, email or password of a user; another password ends all tokens.

    With a `generation`, the user's must still be this one: then the password is, too.
    """

    user_id: int
    generation: int | None = None
    nick: str | None = None
    email: str | None = None
    new_hash: str | None = None
    shown: tuple[ShownNick, ...] = ()
    """What is published anew if the nick changes."""

    def apply(self, transaction: Transaction) -> User:
        """Return the changed user; raise `Conflict`, `Unauthorized` or `Forbidden`."""
        user = find_current(transaction, self.user_id, self.generation)
        values: dict[str, Any] = {}
        if self.email is not None:
            self._check_free(transaction, "email")
            values |= {"email": self.email, "email_folded": self.email.casefold(), **NO_RESET}
        if self.nick is not None:
            self._check_free(transaction, "nick")
            values |= {"nick": self.nick, "nick_folded": nicks.fold(self.nick)}
            _rename_sessions(transaction, user, self.nick)
        if self.new_hash is not None:
            values |= {"password_hash": self.new_hash, **NO_RESET, **next_generation()}
        made = update_user(transaction, self.user_id, values)
        if made.nick != user.nick:
            for each in self.shown:
                each.renamed(transaction, made)
        return made

    def _check_free(self, transaction: Transaction, field: str) -> None:
        """Raise `Conflict` if another user has the new nick or email."""
        if field == "email":
            condition, error = by_email(self.email or ""), "This email is registered."
        else:
            condition, error = by_nick(self.nick or ""), "This nick is taken."
        holder = find(transaction.connection, condition)
        if holder is not None and holder.id != self.user_id:
            if field == "email":
                raise Conflict(error, code="email_taken", source="email")
            raise Conflict(error, code="nick_taken", source="nick")


@dataclass(frozen=True, slots=True)
class SignOut(Change):
    """End all tokens of a user. The audit trail has it if it is by another, the `actor`."""

    user_id: int
    actor: Actor | None = None

    def apply(self, transaction: Transaction) -> User:
        """Return the user; raise `Unauthorized` if there is none."""
        user = find_current(transaction, self.user_id)
        if self.actor is not None:
            audit.record(transaction, self.actor, "sign_out", user.nick, user.id)
        return update_user(transaction, self.user_id, next_generation())


@dataclass(frozen=True, slots=True)
class DeleteUser(Change):
    """Delete an account. Its row stays without email and password: messages and reports name it.

    If `keeps_nick`, messages go on to be shown under the nick, which nobody else may take.
    The audit trail has it if it is by another, the `actor`.
    """

    user_id: int
    generation: int | None
    keeps_nick: bool
    actor: Actor | None = None

    def apply(self, transaction: Transaction) -> None:
        """Delete the account; raise `Conflict` for the last owner, or `Forbidden`."""
        user = find_current(transaction, self.user_id, self.generation)
        check_not_last_owner(transaction, user)
        if self.actor is not None:
            # A nick that is to be forgotten does not begin to be remembered here.
            target = user.nick if self.keeps_nick else f"user {user.id}"
            audit.record(transaction, self.actor, "delete_account", target, user.id)
        values = {
            "email": "",
            # Equal to no email and to no nick, none of which begins with a line feed.
            "email_folded": f"\n{user.id}",
            "password_hash": "",
            "role": "member",
            "deleted": transaction.now,
            **NO_RESET,
            **next_generation(),
        }
        if not self.keeps_nick:
            values |= {"nick": DELETED_NICK, "nick_folded": f"\n{user.id}"}
            values["purging"] = transaction.now
        transaction.connection.execute(delete(Session).where(Session.sender == user.sender))
        transaction.connection.execute(delete(TokenRow).where(TokenRow.user_id == user.id))
        update_user(transaction, user.id, values)


@dataclass(frozen=True, slots=True)
class EndPurge(Change):
    """Record that all that a deleted user has written is deleted."""

    user_id: int

    def apply(self, transaction: Transaction) -> None:
        row = update(UserRow).where(UserRow.id == self.user_id)
        transaction.connection.execute(row.values(purging=None))


def wrong_password() -> Forbidden:
    """Return the error for a current password that is wrong."""
    detail = "The current password is wrong."
    return Forbidden(detail, code="wrong_password", source="current_password")


def _rename_sessions(transaction: Transaction, user: User, nick: str) -> None:
    """Store the new nick for clients that are away, if they had the old one."""
    own = (Session.sender == user.sender) & (Session.nick == user.nick)
    transaction.connection.execute(update(Session).where(own).values(nick=nick))
