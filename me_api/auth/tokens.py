"""Access tokens: JSON Web Tokens (RFC 7519) that identify a user until they expire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt

from me_api.errors import Unauthorized

ALGORITHM = "HS256"
REQUIRED = ["exp", "iat", "sub"]
MAX_DIGITS = 15
"""Of a user id: a longer number does not fit any integer column."""


def issue(user_id: int, secret: str, hours: float) -> str:
    """Return a signed token for a user."""
    now = datetime.now(UTC)
    claims = {"sub": str(user_id), "iat": now, "exp": now + timedelta(hours=hours)}
    return jwt.encode(claims, secret, ALGORITHM)


def verify(token: str, secret: str) -> int:
    """Return the user id of a token; raise `Unauthorized` if it is invalid or expired."""
    try:
        claims = jwt.decode(token, secret, [ALGORITHM], options={"require": REQUIRED})
    except jwt.ExpiredSignatureError:
        raise Unauthorized("The token has expired: log in again.", code="expired_token") from None
    except jwt.InvalidTokenError:
        raise bad_token() from None
    subject: str = claims["sub"]
    # The signature is ours, but the operator may use the same key for other tokens elsewhere.
    if not subject.isdecimal() or len(subject) > MAX_DIGITS:
        raise bad_token()
    return int(subject)


def bad_token() -> Unauthorized:
    """Return the error for an invalid token, which does not reveal what is wrong with it."""
    return Unauthorized("The token is not valid: log in again.", code="bad_token")
