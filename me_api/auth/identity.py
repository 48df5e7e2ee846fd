"""Who is asking: a registered user, a guest with a secret, or somebody unknown."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from pydantic import Field

from me_api.auth import lookup
from me_api.auth.users import User

Secret = Annotated[
    str,
    Field(
        min_length=22,
        max_length=200,
        strict=True,
        description="A guest's own secret of at least 128 random bits; stored only as a hash",
    ),
]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking. `sender` tells whose a message is; None for a guest without a secret."""

    sender: str | None = None
    user: User | None = None

    @property
    def is_owner(self) -> bool:
        """Whether this is the site's owner."""
        return self.user is not None and self.user.role == "owner"


def identify(token: str | None, secret: str | None) -> Identity:
    """Tell who it is; raises `Unauthorized` for a bad or expired token."""
    if token is not None:
        user = lookup.by_token(token)
        return Identity(user.sender, user)
    return Identity(None if secret is None else guest_sender(secret))


def guest_sender(secret: str) -> str:
    """Name a guest without giving the secret away."""
    return f"guest:{digest(secret)}"


def digest(secret: str) -> str:
    """Hash a secret of enough randomness; it needs no salt and no slowness."""
    return sha256(secret.encode()).hexdigest()


ANONYMOUS = Identity()
"""A caller without account or secret."""
