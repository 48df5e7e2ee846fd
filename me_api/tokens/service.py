"""The use cases of long-lived tokens: create, list and revoke them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import true

from me_api.auth import api_tokens
from me_api.auth.audit import Actor
from me_api.auth.identity import Identity
from me_api.auth.models import TokenRow
from me_api.auth.users import User
from me_api.errors import Conflict, Forbidden
from me_api.eventlog import log, timestamp
from me_api.extensions import db
from me_api.tokens.changes import CreateToken, RevokeToken
from me_api.tokens.schemas import NewApiToken
from me_api.tokens.stored import stored_tokens


def create(
    new: NewApiToken, user: User, actor: Actor | None = None, generation: int | None = None
) -> dict[str, Any]:
    """Create a token of a user and return it, with its text, which nobody can read again.

    By another, if there is an `actor`. `generation` is that of the login by which it is created.

    Raises `NotFound` for an unknown room, `Conflict` for an end in the past, or if the user has too
    many, or `Unauthorized` if the login is not valid any more.
    """
    if new.expires is not None and new.expires <= datetime.now(UTC):
        raise Conflict("This time has passed.", code="time_passed", source="expires")
    made = api_tokens.make()
    expires = None if new.expires is None else timestamp(new.expires)
    rooms = None if new.rooms is None else tuple(new.rooms)
    scopes = tuple(new.scopes)
    change = CreateToken(
        made.id, made.hash, user.id, new.name, scopes, rooms, expires, actor, generation
    )
    return {**asdict(log.commit(change)), "token": made.text}


def of_user(user: User) -> list[dict[str, Any]]:
    """Return the tokens of a user, oldest first."""
    with db.engine.connect() as connection:
        return [asdict(each) for each in stored_tokens(connection, TokenRow.user_id == user.id)]


def of_all() -> list[dict[str, Any]]:
    """Return the tokens of all users, oldest first."""
    with db.engine.connect() as connection:
        return [asdict(each) for each in stored_tokens(connection, true())]


def listed(of: str, identity: Identity) -> list[dict[str, Any]]:
    """Return the caller's tokens, or those of all; raises `Forbidden` unless that is the owner."""
    assert identity.user is not None, "the route needs a token"
    if of == "me":
        return of_user(identity.user)
    if not identity.is_owner:
        raise Forbidden("Only the owner may list the tokens of others.")
    return of_all()


def revoke(token_id: str, identity: Identity) -> None:
    """Delete a token of the caller; the owner may delete any. Raises `NotFound`."""
    assert identity.user is not None, "the route needs a token"
    log.commit(RevokeToken(token_id, Actor.of(identity.user)))
