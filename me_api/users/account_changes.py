"""Changes of accounts, decided in the committer's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from sqlalchemy import delete, func, select, update

from me_api.auth import audit, lookup, nicks, tokens
from me_api.auth.audit import Actor
from me_api.auth.models import TokenRow, UserRow
from me_api.auth.users import User, by_email, by_id, by_nick, find
from me_api.errors import Conflict, Forbidden, NotFound
from me_api.eventlog import Change, Transaction
from me_api.recovery.models import Session

DELETED_NICK = "(deleted)"
"""In place of the nick of a user whose messages are deleted, too."""
NO_RESET: dict[str, Any] = {"reset_hash": None, "reset_expires": None}


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

    def apply(self, transaction: Transaction) -> User:
        """Return the changed user; raise `Conflict`, `Unauthorized` or `Forbidden`."""
        user = existing(transaction, self.user_id, self.generation)
        values: dict[str, Any] = {}
        if self.email is not None:
            self._check_free(transaction, "email")
            values |= {"email": self.email, "email_folded": self.email.casefold(), **NO_RESET}
        if self.nick is not None:
            self._check_free(transaction, "nick")
            values |= {"nick": self.nick, "nick_folded": nicks.fold(self.nick)}
            _rename_sessions(transaction, user, self.nick)
        if self.new_hash is not None:
            values |= {"password_hash": self.new_hash, **NO_RESET, **_next_generation()}
        return changed(transaction, self.user_id, values)

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
        user = existing(transaction, self.user_id)
        if self.actor is not None:
            audit.record(transaction, self.actor, "sign_out", user.nick)
        return changed(transaction, self.user_id, _next_generation())


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
            audit.record(transaction, self.actor, "role", f"{user.nick}: {self.role}")
        if self.disabled and user.disabled is None:
            values |= {"disabled": transaction.now, **NO_RESET, **_next_generation()}
            audit.record(transaction, self.actor, "disable", user.nick)
        elif self.disabled is False and user.disabled is not None:
            values["disabled"] = None
            audit.record(transaction, self.actor, "enable", user.nick)
        return changed(transaction, self.user_id, values)


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
        user = existing(transaction, self.user_id, self.generation)
        check_not_last_owner(transaction, user)
        if self.actor is not None:
            # A nick that is to be forgotten does not begin to be remembered here.
            target = user.nick if self.keeps_nick else f"user {user.id}"
            audit.record(transaction, self.actor, "delete_account", target)
        values = {
            "email": "",
            # Equal to no email and to no nick, none of which begins with a line feed.
            "email_folded": f"\n{user.id}",
            "password_hash": "",
            "role": "member",
            "deleted": transaction.now,
            **NO_RESET,
            **_next_generation(),
        }
        if not self.keeps_nick:
            values |= {"nick": DELETED_NICK, "nick_folded": f"\n{user.id}"}
            values["purging"] = transaction.now
        transaction.connection.execute(delete(Session).where(Session.sender == user.sender))
        transaction.connection.execute(delete(TokenRow).where(TokenRow.user_id == user.id))
        changed(transaction, user.id, values)


@dataclass(frozen=True, slots=True)
class EndPurge(Change):
    """Record that all that a deleted user has written is deleted."""

    user_id: int

    def apply(self, transaction: Transaction) -> None:
        row = update(UserRow).where(UserRow.id == self.user_id)
        transaction.connection.execute(row.values(purging=None))


@dataclass(frozen=True, slots=True)
class StoreReset(Change):
    """Store the hash of a secret by which a user can set a new password, in place of any other.

    The audit trail has it if another, the `actor`, has made the link.
    """

    user_id: int
    digest: str
    expires: str
    actor: Actor | None = None

    def apply(self, transaction: Transaction) -> None:
        user = existing(transaction, self.user_id)
        if self.actor is not None:
            audit.record(transaction, self.actor, "reset", user.nick)
        values = {"reset_hash": self.digest, "reset_expires": self.expires}
        transaction.connection.execute(update(UserRow).where(by_id(self.user_id)).values(values))


@dataclass(frozen=True, slots=True)
class UseReset(Change):
    """Set a new password by a secret, which is valid once; ends all tokens."""

    user_id: int
    digest: str
    new_hash: str

    def apply(self, transaction: Transaction) -> User:
        """Return the user; raise `Forbidden` for a secret that is wrong, used or expired."""
        check_reset(transaction.connection, self.user_id, self.digest, transaction.now)
        return ChangeAccount(self.user_id, new_hash=self.new_hash).apply(transaction)


def check_reset(connection: Any, user_id: int, digest: str, now: str) -> None:
    """Raise `Forbidden` unless a user may set a new password by the secret of this hash."""
    columns = select(UserRow.reset_hash, UserRow.reset_expires)
    row = connection.execute(
        columns.where(by_id(user_id), UserRow.disabled.is_(None), UserRow.reset_hash.is_not(None))
    ).one_or_none()
    if row is None or not compare_digest(row.reset_hash, digest) or now >= row.reset_expires:
        detail = "This link has been used, or is too old: ask for another."
        raise Forbidden(detail, code="bad_reset", source="token")


def existing(transaction: Transaction, user_id: int, generation: int | None = None) -> User:
    """Return a user; raise `Unauthorized` if the account was deleted meanwhile.

    With the generation of a login, also if that has ended.
    """
    user = find(transaction.connection, by_id(user_id))
    if user is None:
        raise tokens.bad_token()
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


def changed(transaction: Transaction, user_id: int, values: dict[str, Any]) -> User:
    """Change a user, which takes effect on all that is connected; return the user."""
    row = update(UserRow).where(UserRow.id == user_id)
    if values:
        transaction.connection.execute(row.values(values))
        transaction.change_access()
    user = find(transaction.connection, UserRow.id == user_id)
    assert user is not None, "it was found before"
    return user


def wrong_password() -> Forbidden:
    """Return the error for a current password that is wrong."""
    detail = "The current password is wrong."
    return Forbidden(detail, code="wrong_password", source="current_password")


def _next_generation() -> dict[str, Any]:
    return {"generation": UserRow.generation + 1}


def _rename_sessions(transaction: Transaction, user: User, nick: str) -> None:
    """Store the new nick for clients that are away, if they had the old one."""
    own = (Session.sender == user.sender) & (Session.nick == user.nick)
    transaction.connection.execute(update(Session).where(own).values(nick=nick))
