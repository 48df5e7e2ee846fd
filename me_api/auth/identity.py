"""The identity of a caller: a registered user, a guest with a secret, or anonymous."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from math import inf
from time import time
from typing import Annotated

from pydantic import Field

from me_api.auth import api_tokens, lookup, web_tokens
from me_api.auth.api_tokens import ApiToken
from me_api.auth.bans import bans
from me_api.auth.scope import Action, TokenScope
from me_api.auth.token_usage import token_usage
from me_api.auth.users import User
from me_api.auth.web_tokens import Refusal
from me_api.errors import Forbidden
from me_api.eventlog import log
from me_api.extensions import db

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

KNOWN_ADDRESSES = 1024
"""Addresses whose anonymous callers are one object."""
ENDED = -inf
"""When a token expires that its user may not use any more."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller. `sender` identifies the author of messages; None for an anonymous guest."""

    sender: str | None = None
    user: User | None = None
    expires: float = inf
    """When the token expires, in seconds since 1970. A connection may stay open for longer."""
    refusal: Refusal = web_tokens.expired_token
    """Why the token is not valid, once it is not."""
    generation: int = 0
    """That of the token."""
    scope: TokenScope | None = None
    """What the token allows; None for a caller who may do all that the user, or a guest, may."""
    address: str = ""
    """The `network` of a guest; empty for a user, and where it is not known."""

    @property
    def is_member(self) -> bool:
        """Whether the caller is a user whose token is still valid."""
        return self.user is not None and time() < self.expires

    @property
    def is_owner(self) -> bool:
        """Whether the caller is an owner of the site, who may change everything.

        A long-lived token never makes its caller that.
        """
        return self.user is not None and self.user.role == "owner" and self.scope is None

    def is_owner_for(self, action: Action) -> bool:
        """Return whether the caller is an owner, also by a token that allows an action."""
        return self.user is not None and self.user.role == "owner" and self.may(action)

    def may(self, action: Action, room: str | None = None) -> bool:
        """Return whether the caller's token allows an action, in a room if it concerns one."""
        return self.scope is None or self.scope.allows(action, room)

    def require(self, action: Action | None, room: str | None = None) -> None:
        """Raise `Forbidden` unless the caller's token allows an action.

        No long-lived token allows what has no name.
        """
        if self.scope is not None and not self.scope.allows(action, room):
            raise Forbidden(self.scope.explain(action, room), code="token_scope")

    def check(self, action: Action | None, room: str | None = None) -> None:
        """Raise `Unauthorized` if the token is not valid any more; `Forbidden` as `require`.

        Raises `Banned` if the caller is banned, from the site or from this room.
        """
        # Before each message: what only concerns long-lived tokens is asked once.
        if time() >= self.expires:
            raise self.refusal()
        if self.scope is not None:
            self.require(action, room)
        bans.check(self, room)
        if self.scope is not None:
            self.record_use()

    def record_use(self) -> None:
        """Note that a long-lived token is used, if the caller has one. Never waits."""
        if self.scope is not None:
            token_usage.note(self.scope.token_id)

    @property
    def may_moderate(self) -> bool:
        """Whether the caller may moderate: a moderator or an owner, without a long-lived token."""
        role = None if self.user is None else self.user.role
        return role in ("owner", "moderator") and self.scope is None

    @property
    def user_info(self) -> dict[str, str] | None:
        """The user as the caller is shown it; without the email for a long-lived token."""
        if self.user is None:
            return None
        return self.user.info if self.scope is None else {**self.user.info, "email": ""}

    def sender_with(self, pid: str) -> str:
        """Return the sender on a connection with this pid."""
        # A guest without a secret is identified by the pid, as long as the session is recovered.
        return self.sender or guest_sender(pid)

    def with_pid(self, pid: str) -> Identity:
        """Return the identity on a connection with this pid."""
        return replace(self, sender=self.sender_with(pid))

    def without_address(self) -> Identity:
        """Return the identity of the same caller, wherever they are."""
        return replace(self, address="") if self.address else self

    def check_token(self) -> None:
        """Raise `Unauthorized` if the token has expired, or if its user may not use it any more."""
        if time() >= self.expires:
            raise self.refusal()

    def now_of(self, user: User | None, token: ApiToken | None) -> Identity:
        """Return the identity of a caller with a token, now that its user is this.

        `token` is what is stored of a long-lived one now.
        """
        refusal = lookup.refuse(user, None if self.scope else self.generation)
        if self.scope is not None and token is None:
            refusal = api_tokens.bad_token
        if refusal is not None:
            return replace(self, user=user or self.user, expires=ENDED, refusal=refusal)
        scope, expires = (token.scope, token.expires) if token else (self.scope, self.expires)
        now = replace(self, user=user, scope=scope, expires=expires)
        return self if now == self else now


def identify(token: str | None, secret: str | None, address: str = "") -> Identity:
    """Return the identity for a token or, without one, for a guest's secret and address.

    Raises `Unauthorized` for an invalid or expired token.
    """
    if token is not None:
        known: Identity = log.cached(("token", token), lambda: _by_token(token))
        known.check_token()  # It may have expired since.
        known.record_use()
        return known
    if secret is None:
        return _anonymous(address)
    return Identity(guest_sender(secret), address=address)


@lru_cache(KNOWN_ADDRESSES)
def _anonymous(address: str) -> Identity:
    return Identity(address=address)


def _by_token(token: str) -> Identity:
    if api_tokens.is_ours(token):
        found = api_tokens.verify(db.engine, token)
        refusal = lookup.refuse(found.user, None)
        if refusal is not None:
            raise refusal()
        expired = api_tokens.expired_token
        return Identity(found.user.sender, found.user, found.expires, expired, scope=found.scope)
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
