"""Tokens: who holds one is the user it names, until it expires."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt

from me_api.errors import Unauthorized

ALGORITHM = "HS256"
REQUIRED = ["exp", "iat", "sub"]
MAX_DIGITS = 15


def issue(user_id: int, secret: str, hours: float) -> str:
    """Make a token."""
    now = datetime.now(UTC)
    claims = {"sub": str(user_id), "iat": now, "exp": now + timedelta(hours=hours)}
    return jwt.encode(claims, secret, ALGORITHM)


def read(token: str, secret: str) -> int:
    """Give the user id that a token names; raises `Unauthorized`."""
    try:
        claims = jwt.decode(token, secret, [ALGORITHM], options={"require": REQUIRED})
    except jwt.ExpiredSignatureError:
        raise Unauthorized("The token has expired: log in again.", code="expired_token") from None
    except jwt.InvalidTokenError:
        raise bad_token() from None
    subject: str = claims["sub"]
    # The same key may sign other things elsewhere.
    if not subject.isdecimal() or len(subject) > MAX_DIGITS:
        raise bad_token()
    return int(subject)


def bad_token() -> Unauthorized:
    """Say that a token is not good, never why."""
    return Unauthorized("The token is not valid: log in again.", code="bad_token")
