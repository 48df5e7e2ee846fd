"""The identity of a caller: a registered user, a guest with a secret, or anonymous."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from math import inf
from time import time
from typing import Annotated

from pydantic import Field

from me_api.auth import lookup, tokens
from me_api.auth.tokens import Refusal
from me_api.auth.users import User
from me_api.eventlog import log

Secret = Annotated[
    str,
    Field(
        min_length=22,
        max_length=200,
        strict=True,
        description="A guest's own secret of at least 128 random bits; stored only as a hash",
    ),
]


Token = Annotated[str, Field(max_length=4096)]

ENDED = -inf
"""When a token expires that its user may not use any more."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller. `sender` identifies the author of messages; None for an anonymous guest."""

    sender: str | None = None
    user: User | None = None
    expires: float = inf
    """When the token expires, in seconds since 1970. A connection may stay open for longer."""
    refusal: Refusal = tokens.expired_token
    """Why the token is not valid, once it is not."""
    generation: int = 0
    """That of the token."""

    @property
    def is_member(self) -> bool:
        """Whether the caller is a user whose token is still valid."""
        return self.user is not None and time() < self.expires

    @property
    def is_owner(self) -> bool:
        """Whether the caller is an owner of the site, who may change everything."""
        return self.user is not None and self.user.role == "owner"

    @property
    def may_moderate(self) -> bool:
        """Whether the caller may moderate: a moderator or an owner."""
        return self.user is not None and self.user.role in ("owner", "moderator")

    def sender_with(self, pid: str) -> str:
        """Return the sender on a connection with this pid."""
        # A guest without a secret is identified by the pid, as long as the session is recovered.
        return self.sender or guest_sender(pid)

    def with_pid(self, pid: str) -> Identity:
        """Return the identity on a connection with this pid."""
        return replace(self, sender=self.sender_with(pid))

    def check_token(self) -> None:
        """Raise `Unauthorized` if the token has expired, or if its user may not use it any more."""
        if time() >= self.expires:
            raise self.refusal()

    def now_of(self, user: User | None) -> Identity:
        """Return the identity of a caller with a token, now that its user is this."""
        refusal = lookup.refuse(user, self.generation)
        if refusal is not None:
            return replace(self, user=user or self.user, expires=ENDED, refusal=refusal)
        return self if user == self.user else replace(self, user=user)


def identify(token: str | None, secret: str | None) -> Identity:
    """Return the identity for a token or, without one, for a guest's secret.

    Raises `Unauthorized` for an invalid or expired token.
    """
    if token is not None:
        known: Identity = log.cached(("token", token), lambda: _by_token(token))
        known.check_token()  # It may have expired since.
        return known
    return Identity(None if secret is None else guest_sender(secret))


def _by_token(token: str) -> Identity:
    user, expires = lookup.by_token(token)
    return Identity(user.sender, user, expires, generation=user.generation)


def guest_sender(secret: str) -> str:
    """Return the sender of a guest, from which the secret cannot be found."""
    return f"guest:{digest(secret)}"


def digest(secret: str) -> str:
    """Hash a random secret, or one that is as hard to guess."""
    # Against 128 random bits no dictionary helps, so it needs neither a salt nor a slow hash.
    return sha256(secret.encode()).hexdigest()


ANONYMOUS = Identity()
"""A caller without account or secret."""
