"""The tokens of what stays open: they expire, are renewed, and their users may be deleted."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from contextvars import copy_context
from dataclasses import replace
from math import inf
from time import time
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from me_api.auth import users
from me_api.auth.identity import USER_DELETED, Identity, identify
from me_api.auth.users import User
from me_api.concurrency import Loop, Timer
from me_api.errors import Forbidden
from me_api.extensions import app_extension

logger = logging.getLogger(__name__)

CHECK_SECONDS = 10.0
"""Seconds between two looks for users that were deleted or changed."""


class TokenHolder(Hashable, Protocol):
    """A connection or stream that was opened with a token."""

    identity: Identity

    def token_expired(self) -> None:
        """React to the expired token: stop sending what only members may read."""


class TokenWatch:
    """All holders of a token, each with a timer for the end of it."""

    def __init__(self, loop: Loop, engine: Engine) -> None:
        self._loop = loop
        self._engine = engine
        self._timers: dict[TokenHolder, Timer] = {}

    def add(self, holder: TokenHolder) -> None:
        """Watch the token of a holder, if it has one."""
        if holder.identity.expires < inf:
            seconds = max(0.0, holder.identity.expires - time())
            context = copy_context()
            self._timers[holder] = self._loop.call_later(
                seconds, context.run, self._time_is_up, holder
            )

    def remove(self, holder: TokenHolder) -> None:
        """Watch a holder no longer."""
        timer = self._timers.pop(holder, None)
        if timer is not None:
            timer.cancel()

    def renew(self, holder: TokenHolder, token: str) -> User:
        """Replace the token of a holder, also if it has expired, and return its user.

        Raises `Unauthorized`, or `Forbidden` if the token is of another user.
        """
        watched = holder in self._timers
        identity = identify(token, None)
        if identity.user is None or identity.sender != holder.identity.sender:
            raise Forbidden("This token is not of the connected user: connect anew with it.")
        # Not if it has been closed while its user was read.
        if not watched or holder in self._timers:
            self.remove(holder)
            holder.identity = identity
            self.add(holder)
        return identity.user

    def start(self) -> None:
        """Look now, and periodically, which users were deleted or changed."""
        # Not with each of their messages: that takes as long as a tenth of a post.
        context = copy_context()
        try:
            self.check_users()
        except DBAPIError as error:
            logger.warning("the users of connections were not read: %s", error)
        finally:
            self._loop.call_later(CHECK_SECONDS, context.run, self.start)

    def check_users(self) -> None:
        """Apply to all holders what has become of their users; raise `DBAPIError`."""
        if not self._timers:
            return
        holders = {holder: _user_id(holder) for holder in self._timers}
        found = users.all_of(self._engine, set(holders.values()))
        for holder, user_id in holders.items():
            user = found.get(user_id)
            # Reading may have waited: some may have been removed, and others added.
            if holder in self._timers and user != holder.identity.user:
                expires = holder.identity.expires if user else USER_DELETED
                holder.identity = replace(
                    holder.identity, user=user or holder.identity.user, expires=expires
                )
                if user is None:
                    self.remove(holder)
                    holder.token_expired()

    def _time_is_up(self, holder: TokenHolder) -> None:
        if time() < holder.identity.expires:
            # The clock was set back.
            self.add(holder)
        else:
            holder.token_expired()


def _user_id(holder: TokenHolder) -> int:
    assert holder.identity.user is not None, "only users have tokens"
    return holder.identity.user.id


token_watch: TokenWatch = app_extension("token_watch")
