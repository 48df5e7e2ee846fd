"""Changes of long-lived tokens, applied in the committer's transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from me_api.auth import audit, lookup, users
from me_api.auth.audit import Actor
from me_api.auth.models import TokenRoomRow, TokenRow, UserRow
from me_api.auth.scope import Action
from me_api.errors import Conflict, NotFound
from me_api.eventlog import Change, Transaction
from me_api.tokens.stored import StoredToken, missing_rooms, stored_tokens

MAX_TOKENS = 100
"""Tokens of a user."""


@dataclass(frozen=True, slots=True)
class CreateToken(Change):
    """Create a token of a user; with `rooms` of None, it is for all rooms."""

    id: str
    hash: str
    user_id: int
    name: str
    scopes: tuple[Action, ...]
    rooms: tuple[str, ...] | None
    expires: str | None
    actor: Actor | None = None
    """Who has created it, if it is not its user, for the audit trail."""
    generation: int | None = None
    """That of the login by which it is created; None on the command line."""

    def apply(self, transaction: Transaction) -> StoredToken:
        """Return the new token.

        Raises `NotFound` for a room that does not exist, `Conflict` if the user has too many, or
        `Unauthorized` if the user was deleted, disabled or signed out meanwhile.
        """
        connection = transaction.connection
        refusal = lookup.refuse(users.find(connection, users.by_id(self.user_id)), self.generation)
        if refusal is not None:
            raise refusal()
        for room in missing_rooms(connection, self.rooms or ()):
            raise NotFound(f"There is no room {room!r}.", source="rooms")
        of_user = select(func.count(TokenRow.id)).where(TokenRow.user_id == self.user_id)
        if connection.execute(of_user).scalar_one() >= MAX_TOKENS:
            detail = f"A user may have {MAX_TOKENS} tokens: revoke some first."
            raise Conflict(detail, code="too_many_tokens")
        values = {
            "id": self.id,
            "user_id": self.user_id,
            "name": self.name,
            "hash": self.hash,
            "scopes": " ".join(self.scopes),
            "all_rooms": self.rooms is None,
            "created": transaction.now,
            "expires": self.expires,
        }
        connection.execute(insert(TokenRow).values(values))
        if self.rooms:
            rooms = [{"token_id": self.id, "room": room} for room in self.rooms]
            connection.execute(insert(TokenRoomRow), rooms)
        made = stored_tokens(connection, TokenRow.id == self.id)[0]
        if self.actor is not None:
            target = f"{made.user}: {made.name}"
            audit.record(transaction, self.actor, "create_token", target, self.user_id)
        return made


@dataclass(frozen=True, slots=True)
class RevokeToken(Change):
    """Delete a token of the actor or, by an owner, of any user; then the audit trail has it."""

    id: str
    actor: Actor

    def apply(self, transaction: Transaction) -> None:
        """Delete the token, also for what is open with it; raises `NotFound`."""
        condition = TokenRow.id == self.id
        if self.actor.role != "owner":
            condition &= TokenRow.user_id == self.actor.id
        connection = transaction.connection
        query = select(TokenRow.user_id, TokenRow.name, UserRow.nick).join(UserRow)
        row = connection.execute(query.where(condition)).one_or_none()
        if row is None:
            raise NotFound(f"There is no token {self.id!r}.", source="id")
        connection.execute(delete(TokenRow).where(condition))
        if row.user_id != self.actor.id:
            target = f"{row.nick}: {row.name}"
            audit.record(transaction, self.actor, "revoke_token", target, row.user_id)
        transaction.change_access()
