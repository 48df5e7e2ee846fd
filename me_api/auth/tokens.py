"""Access tokens: JSON Web Tokens (RFC 7519) that identify a user until they expire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from time import time
from types import MappingProxyType
from typing import NamedTuple

import jwt
from jwt.types import Options

from me_api.errors import Unauthorized

ALGORITHM = "HS256"
# "iat" in the future is no fault (RFC 7519, section 4.1.6): the clock has been set back since.
OPTIONS: Options = {"require": ["exp", "iat", "sub"], "verify_iat": False}
CACHED_TOKENS = 1024
"""Tokens whose signatures have been checked."""
MAX_DIGITS = 15
"""Of a user id: a longer number does not fit any integer column."""


def issue(
    user_id: int, secret: str, hours: float, info: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return a signed token for a user; `info` is what pages may show, and `verify` ignores."""
    now = datetime.now(UTC)
    claims = {**info, "sub": str(user_id), "iat": now, "exp": now + timedelta(hours=hours)}
    return jwt.encode(claims, secret, ALGORITHM)


class Claims(NamedTuple):
    """Whose a token is, and when it expires, in seconds since 1970."""

    user_id: int
    expires: float


def verify(token: str, secret: str) -> Claims:
    """Return what a token says; raise `Unauthorized` if it is invalid or expired."""
    claims = _decode(token, secret)
    # Again, since the token may have been decoded while it was valid.
    if time() >= claims.expires:
        raise expired_token()
    return claims


# A client sends the same token with each request.
@lru_cache(CACHED_TOKENS)
def _decode(token: str, secret: str) -> Claims:
    try:
        claims = jwt.decode(token, secret, [ALGORITHM], options=OPTIONS)
    except jwt.ExpiredSignatureError:
        raise expired_token() from None
    except jwt.InvalidTokenError:
        raise bad_token() from None
    subject: str = claims["sub"]
    # The signature is ours, but the operator may use the same key for other tokens elsewhere.
    if not subject.isdecimal() or len(subject) > MAX_DIGITS:
        raise bad_token()
    return Claims(int(subject), float(claims["exp"]))


def expired_token() -> Unauthorized:
    """Return the error for a token that was valid once."""
    return Unauthorized("The token has expired: log in again.", code="expired_token")


def bad_token() -> Unauthorized:
    """Return the error for an invalid token, which does not reveal what is wrong with it."""
    return Unauthorized("The token is not valid: log in again.", code="bad_token")
