"""Users by token, by nick, and the owner."""

from __future__ import annotations

from me_api.auth import tokens, users
from me_api.auth.users import User
from me_api.extensions import db, settings


def by_token(token: str) -> User:
    """Give the user who holds a token; raises `Unauthorized` for a bad or expired one."""
    user_id = tokens.read(token, settings.jwt_secret)
    with db.engine.connect() as connection:
        user = users.find(connection, users.by_id(user_id))
    if user is None:
        raise tokens.bad_token()
    return user


def by_nick(nick: str) -> User | None:
    """Find the user whose nick this is, or looks like it."""
    return users.holder_of(db.engine, nick)


def owner() -> User | None:
    """Give the site's owner, the first where there are several."""
    with db.engine.connect() as connection:
        return users.first_owner(connection)
