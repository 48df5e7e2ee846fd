"""The use cases of users: register and log in."""

from __future__ import annotations

from time import time
from typing import cast

from me_api.auth import lookup, nicks, users, web_tokens
from me_api.auth.audit import Actor
from me_api.auth.users import Role, User
from me_api.errors import Forbidden, Unauthorized
from me_api.eventlog import log
from me_api.extensions import db, pools, settings
from me_api.users import passwords
from me_api.users.changes import CreateUser, ReplaceHash
from me_api.users.schemas import Credentials, Registration


def register(registration: Registration) -> User:
    """Create a member; raise `Conflict`, or `Forbidden` for a reserved nick or if it is closed."""
    if settings.registration == "closed":
        raise Forbidden("Registration is closed here.", code="registration_closed")
    if registration.nick is not None:
        lookup.check_not_reserved(registration.nick)
    return create(registration, "member", nicks.reserved(settings.reserved_nicks))


def create(
    registration: Registration,
    role: Role,
    reserved: frozenset[str] = frozenset(),
    actor: Actor | None = None,
) -> User:
    """Create a user with a role; raise `Conflict` if the email or the nick is taken, or `Busy`.

    No nick is derived from the email that is `reserved`. By another, if there is an `actor`.
    """
    hashed = pools.hashing.run(passwords.make_hash, registration.password)
    change = CreateUser(registration.email, registration.nick, hashed, role, reserved, actor)
    return cast(User, log.commit(change))


def login(credentials: Credentials) -> tuple[User, str]:
    """Return the user and a new token; raise `Unauthorized`, which does not reveal why.

    That includes an account that is disabled, if the password is right. Raises `Busy` if too many
    are logging in.
    """
    condition = users.by_email(credentials.email.strip())
    with db.engine.connect() as connection:
        user = users.find(connection, condition)
        stored = users.password_hash(connection, condition) or passwords.DUMMY
    # Verified for an unknown email too, so that the time does not reveal which are registered.
    is_right, updated = pools.hashing.run(passwords.verify_and_update, stored, credentials.password)
    if user is None or not is_right:
        raise Unauthorized("Email or password is wrong.", code="wrong_credentials")
    if user.disabled is not None:
        raise web_tokens.account_disabled()
    if updated is not None:
        # Not waited for: a full disk must not prevent the login.
        log.commit_later(ReplaceHash(user.id, stored, updated))
    return user, issue_token(user)


def issue_token(user: User, expires: float | None = None) -> str:
    """Return a new token for a user; it `expires` at a time, in seconds since 1970, or as set."""
    secret = settings.jwt_secret
    hours = settings.token_hours if expires is None else (expires - time()) / 3600
    return web_tokens.issue(user.id, secret, hours, user.info, generation=user.generation)
