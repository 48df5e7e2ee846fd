"""Forgotten passwords: a link by which its reader sets a new one, once and in time."""

from __future__ import annotations

from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import cast

from me_api.auth import users
from me_api.auth.audit import Actor
from me_api.auth.identity import digest
from me_api.auth.users import User
from me_api.errors import Forbidden
from me_api.eventlog import log, timestamp
from me_api.extensions import db, loop, pools, settings
from me_api.mail import mailer
from me_api.rate_limits import rate_limiter
from me_api.users import account, passwords
from me_api.users.reset_changes import StoreReset, UseReset, check_reset
from me_api.users.schemas import Reset, ResetRequest

HOURS = 1.0
"""Hours for which the link in an e-mail is valid."""
SUBJECT = "Nytt lösenord · New password"
BODY = """\
Hej {nick}!

Någon, förmodligen du, har bett om ett nytt lösenord på {site}.
Länken gäller en gång, i en timme:

{link}

Var det inte du? Då behöver du inte göra något.

--

Hi {nick}!

Somebody, probably you, has asked for a new password at {site}.
The link is valid once, for an hour:

{link}

It was not you? Then there is nothing to do.
"""


def request(wanted: ResetRequest) -> None:
    """Send the user of an email a link; the same is done for an email without an account.

    Raises `Forbidden` if the server sends no e-mail, or `TooManyRequests` for an email.
    """
    if not settings.smtp_url:
        detail = "This server sends no e-mail: ask its owner for a link."
        raise Forbidden(detail, code="no_mail")
    email = wanted.email.strip()
    rate_limiter.check_address("reset_mail", email.casefold())
    # Not waited for: how long it takes would reveal whether the email is registered.
    loop.spawn(copy_context().run, _send, email)


def _send(email: str) -> None:
    with db.engine.connect() as connection:
        user = users.find(connection, users.by_email(email))
    if user is not None and user.disabled is None:
        link, site = make_link(user, HOURS), account.site_url()
        mailer.send(user.email, SUBJECT, BODY.format(nick=user.nick, link=link, site=site))


def make_link(user: User, hours: float, actor: Actor | None = None) -> str:
    """Return a new link for a user, in place of any that was made before.

    By another, if there is an `actor`.
    """
    secret = token_urlsafe(32)
    expires = timestamp(datetime.now(UTC) + timedelta(hours=hours))
    log.commit(StoreReset(user.id, digest(secret), expires, actor))
    # In the fragment, which browsers send to no server.
    return f"{account.site_url()}/#/reset/{user.id}.{secret}"


def use(reset: Reset) -> User:
    """Set a new password and return the user; raise `Forbidden` for a link that is not valid."""
    number, _, secret = reset.token.partition(".")
    user_id = int(number) if number.isdecimal() and len(number) < 16 else 0
    hashed_secret = digest(secret)
    # Before the slow hashing.
    with db.engine.connect() as connection:
        check_reset(connection, user_id, hashed_secret, timestamp())
    new_hash = pools.hashing.run(passwords.make_hash, reset.password)
    return cast(User, log.commit(UseReset(user_id, hashed_secret, new_hash)))
