"""What can be done with users: register, log in, be known by token or by nick."""

from __future__ import annotations

from typing import cast

from flask import current_app

from me_api.concurrency import loop
from me_api.config import Settings
from me_api.errors import Forbidden, Unauthorized
from me_api.eventlog import log
from me_api.extensions import db
from me_api.users import passwords, store, tokens
from me_api.users.schemas import Credentials, Registration
from me_api.users.store import CreateUser, ReplaceHash, Role, User

__all__ = ["User", "by_nick", "by_token", "create", "login", "owner", "register"]


def register(registration: Registration) -> User:
    """Make a member; raises `Conflict`, or `Forbidden` where registration is closed."""
    if _settings().registration == "closed":
        raise Forbidden("Registration is closed here.", code="registration_closed")
    return create(registration, "member")


def create(registration: Registration, role: Role) -> User:
    """Make a user with a role; raises `Conflict` for a taken email or nick."""
    hashed = loop.offload(passwords.make_hash, registration.password)
    change = CreateUser(registration.email, registration.nick, hashed, role)
    return cast(User, log.commit(change))


def login(credentials: Credentials) -> tuple[User, str]:
    """Give the user and a token; raises `Unauthorized`, the same for whatever was wrong."""
    which = store.by_email(credentials.email.strip())
    with db.engine.connect() as connection:
        user = store.find(connection, which)
        stored = store.password_hash(connection, which) or passwords.DUMMY
    right = loop.offload(passwords.verify, stored, credentials.password)
    if user is None or not right:
        raise Unauthorized("Email or password is wrong.", code="wrong_credentials")
    if passwords.is_outdated(stored):
        _rehash(user, stored, credentials.password)
    return user, tokens.issue(user.id, _settings().jwt_secret, _settings().token_hours)


def by_token(token: str) -> User:
    """Give the user who holds a token; raises `Unauthorized` for a bad or expired one."""
    user_id = tokens.read(token, _settings().jwt_secret)
    with db.engine.connect() as connection:
        user = store.find(connection, store.by_id(user_id))
    if user is None:
        raise tokens.bad_token()
    return user


def by_nick(nick: str) -> User | None:
    """Find the user whose nick this is, or looks like it."""
    return store.holder_of(db.engine, nick)


def owner() -> User | None:
    """Give the site's owner, the first where there are several."""
    with db.engine.connect() as connection:
        return store.first_owner(connection)


def _rehash(user: User, stored: str, password: str) -> None:
    """Keep the password under today's parameters; a full disk does not stop the login."""
    log.send(ReplaceHash(user.id, stored, loop.offload(passwords.make_hash, password)))


def _settings() -> Settings:
    return cast(Settings, current_app.config["SETTINGS"])
