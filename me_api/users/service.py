"""What can be done with users: register and log in."""

from __future__ import annotations

from typing import cast

from me_api.auth import tokens, users
from me_api.auth.users import Role, User
from me_api.errors import Forbidden, Unauthorized
from me_api.eventlog import log
from me_api.extensions import db, loop, settings
from me_api.users import passwords
from me_api.users.changes import CreateUser, ReplaceHash
from me_api.users.schemas import Credentials, Registration


def register(registration: Registration) -> User:
    """Make a member; raises `Conflict`, or `Forbidden` where registration is closed."""
    if settings.registration == "closed":
        raise Forbidden("Registration is closed here.", code="registration_closed")
    return create(registration, "member")


def create(registration: Registration, role: Role) -> User:
    """Make a user with a role; raises `Conflict` for a taken email or nick."""
    hashed = loop.run_in_thread(passwords.make_hash, registration.password)
    change = CreateUser(registration.email, registration.nick, hashed, role)
    return cast(User, log.commit(change))


def login(credentials: Credentials) -> tuple[User, str]:
    """Give the user and a token; raises `Unauthorized`, the same for whatever was wrong."""
    which = users.by_email(credentials.email.strip())
    with db.engine.connect() as connection:
        user = users.find(connection, which)
        stored = users.password_hash(connection, which) or passwords.DUMMY
    right = loop.run_in_thread(passwords.verify, stored, credentials.password)
    if user is None or not right:
        raise Unauthorized("Email or password is wrong.", code="wrong_credentials")
    if passwords.is_outdated(stored):
        _rehash(user, stored, credentials.password)
    return user, tokens.issue(user.id, settings.jwt_secret, settings.token_hours)


def _rehash(user: User, stored: str, password: str) -> None:
    """Keep the password under today's parameters; a full disk does not stop the login."""
    log.commit_later(
        ReplaceHash(user.id, stored, loop.run_in_thread(passwords.make_hash, password))
    )
