"""Changes of long-lived tokens, applied in the committer's transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from me_api.auth.models import TokenRoomRow, TokenRow
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

    def apply(self, transaction: Transaction) -> StoredToken:
        """Return the new token.

        Raises `NotFound` for a room that does not exist, or `Conflict` if the user has too many.
        """
        connection = transaction.connection
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
        return stored_tokens(connection, TokenRow.id == self.id)[0]


@dataclass(frozen=True, slots=True)
class RevokeToken(Change):
    """Delete a token, of a user or, with `user_id` of None, of any."""

    id: str
    user_id: int | None

    def apply(self, transaction: Transaction) -> None:
        """Delete the token; raises `NotFound`. What is open with it is ended at once."""
        condition = TokenRow.id == self.id
        if self.user_id is not None:
            condition &= TokenRow.user_id == self.user_id
        connection = transaction.connection
        if connection.execute(select(TokenRow.id).where(condition)).first() is None:
            raise NotFound(f"There is no token {self.id!r}.", source="id")
        connection.execute(delete(TokenRow).where(condition))
        transaction.change_access()
