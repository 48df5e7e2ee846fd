"""Access tokens: JSON Web Tokens (RFC 7519) that identify a user until they expire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    user_id: int,
    secret: str,
    hours: float,
    info: Mapping[str, str] = MappingProxyType({}),
    *,
    generation: int = 0,
) -> str:
    """Return a signed token for a user; `info` is what pages may show, and `verify` ignores.

    It is valid while `generation` is that of the user.
    """
    now = datetime.now(UTC)
    times = {"iat": now, "exp": now + timedelta(hours=hours)}
    claims = {**info, "sub": str(user_id), "gen": generation, **times}
    return jwt.encode(claims, secret, ALGORITHM)


class Claims(NamedTuple):
    """Whose a token is, when it expires, in seconds since 1970, and of which generation it is."""

    user_id: int
    expires: float
    generation: int


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
    generation = claims.get("gen", 0)  # Earlier versions issued tokens without it.
    # The signature is ours, but the operator may use the same key for other tokens elsewhere.
    if not subject.isdecimal() or len(subject) > MAX_DIGITS or type(generation) is not int:
        raise bad_token()
    return Claims(int(subject), float(claims["exp"]), generation)


def expired_token() -> Unauthorized:
    """Return the error for a token that was valid once."""
    return Unauthorized("The token has expired: log in again.", code="expired_token")


def bad_token() -> Unauthorized:
    """Return the error for an invalid token, which does not reveal what is wrong with it."""
    return Unauthorized("The token is not valid: log in again.", code="bad_token")


def signed_out() -> Unauthorized:
    """Return the error for a token of a user who has signed out everywhere since."""
    return Unauthorized("The token was signed out: log in again.", code="signed_out")


def account_disabled() -> Unauthorized:
    """Return the error for a user whose account an owner has disabled."""
    return Unauthorized("The account is disabled.", code="account_disabled")


Refusal = Callable[[], Unauthorized]
"""Makes the error for a token that is not accepted."""
