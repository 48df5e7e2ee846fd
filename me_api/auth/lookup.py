"""Look up users by token or nick, and the site's owner."""

from __future__ import annotations

from me_api.auth import nicks, users, web_tokens
from me_api.auth.users import User
from me_api.auth.web_tokens import Refusal
from me_api.errors import Forbidden
from me_api.extensions import db, settings


def by_token(token: str) -> tuple[User, float]:
    """Return the user of a token, and when it expires.

    Raises `Unauthorized` if it is invalid or has expired, or if its user may not use it any more.
    """
    claims = web_tokens.verify(token, settings.jwt_secret)
    user = users.one(db.engine, claims.user_id)
    refusal = refuse(user, claims.generation)
    if user is None or refusal is not None:
        raise (refusal or web_tokens.bad_token)()
    return user, claims.expires


def refuse(user: User | None, generation: int | None) -> Refusal | None:
    """Return why a user may not use a token of a generation any more; None if they may.

    A long-lived token is of no generation.
    """
    if user is None:  # Deleted since the token was issued.
        return web_tokens.bad_token
    if user.disabled is not None:
        return web_tokens.account_disabled
    return None if generation in (None, user.generation) else web_tokens.signed_out


def by_nick(nick: str) -> User | None:
    """Return the user whose nick is this one or looks like it, if any."""
    return users.holder_of(db.engine, nick)


def check_available(nick: str, user: User | None = None, *, may_be_reserved: bool = False) -> None:
    """Raise `Forbidden` for a nick that is reserved, or that another user has registered."""
    holder = by_nick(nick)
    if holder is None:
        if not may_be_reserved:
            check_not_reserved(nick)
    elif user is None or holder.id != user.id:
        raise Forbidden(
            f"{nick!r} is registered: log in to use it.", code="nick_reserved", source="nick"
        )


def check_not_reserved(nick: str) -> None:
    """Raise `Forbidden` for a nick that nobody may take."""
    if nicks.fold(nick) in nicks.reserved(settings.reserved_nicks):
        raise Forbidden(f"{nick!r} is reserved.", code="nick_reserved", source="nick")


def owner() -> User | None:
    """Return the site's owner, if any; the first if there are several."""
    with db.engine.connect() as connection:
        return users.first_owner(connection)
