"""The tokens of what stays open: they expire, are renewed, and their users are changed."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable
from contextvars import copy_context
from math import inf
from time import monotonic, time
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from me_api.auth import api_tokens, users
from me_api.auth.identity import ENDED, Identity, identify
from me_api.auth.token_usage import USED_SECONDS
from me_api.auth.users import User
from me_api.concurrency import Loop, Timer
from me_api.errors import Forbidden
from me_api.extensions import app_extension

logger = logging.getLogger(__name__)

RECENT_SECONDS = 30.0
"""Seconds for which a client may be connecting whose user was read before a change."""
SOON_SECONDS = 0.1
"""Seconds in which holders are collected whose users are read by one query."""


class TokenHolder(Hashable, Protocol):
    """A connection or stream that was opened with a token."""

    identity: Identity

    def token_expired(self) -> None:
        """React to a token that has expired, or allows less: stop sending what it does not."""

    def user_changed(self, before: User) -> None:
        """React to a change of the user, such as another nick. Must not wait."""


class TokenWatch:
    """All holders of a token, each with a timer for the end of it."""

    def __init__(self, loop: Loop, engine: Engine) -> None:
        self._loop = loop
        self._engine = engine
        self._timers: dict[TokenHolder, Timer] = {}
        """By the holder: the timer for the next look at its token."""
        self._checked = float("-inf")
        """When all were checked the last time, by the monotonic clock."""
        self._added: set[TokenHolder] = set()
        """Those that have to be checked again soon."""

    def add(self, holder: TokenHolder) -> None:
        """Watch the token of a holder, if it has one."""
        identity = holder.identity
        if identity.scope is not None or identity.expires < inf:
            seconds = max(0.0, identity.expires - time())
            if identity.scope is not None:
                # Looked at sooner, to note that it is still used.
                identity.record_use()
                seconds = min(seconds, USED_SECONDS)
            context = copy_context()
            self._timers[holder] = self._loop.call_later(
                seconds, context.run, self._time_is_up, holder
            )
            # Its user was read a while ago, and may have been changed since: with a query for each
            # connection, connecting would take longer at all times.
            if monotonic() - self._checked < RECENT_SECONDS:
                self._check_soon(holder)

    def remove(self, holder: TokenHolder) -> None:
        """Watch a holder no longer."""
        self._added.discard(holder)
        timer = self._timers.pop(holder, None)
        if timer is not None:
            timer.cancel()

    def renew(self, holder: TokenHolder, token: str) -> None:
        """Replace the token of a holder, also if it has expired.

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
            if identity.scope is not None:
                holder.token_expired()  # It may allow less than the token before.

    def check_users(self) -> None:
        """Apply to all holders what has become of their users; raise `DBAPIError`.

        It is called when that has changed, whichever process has done it.
        """
        self._checked = monotonic()
        self._check(self._timers)

    def _check(self, holders: Iterable[TokenHolder]) -> None:
        ids = {holder: _ids(holder) for holder in holders}
        user_ids = {user_id for user_id, _ in ids.values()}
        token_ids = {token_id for _, token_id in ids.values() if token_id}
        found = users.all_of(self._engine, user_ids) if ids else {}
        stored = api_tokens.all_of(self._engine, token_ids) if token_ids else {}
        for holder, (user_id, token_id) in ids.items():
            # Reading may have waited: some may have been removed, others added, or renewed.
            if holder in self._timers and _ids(holder) == (user_id, token_id):
                now = holder.identity.now_of(found.get(user_id), stored.get(token_id))
                self._apply(holder, now)

    def _apply(self, holder: TokenHolder, identity: Identity) -> None:
        before = holder.identity
        if identity is before:
            return
        holder.identity = identity
        if identity.expires != before.expires:
            self.remove(holder)
        if identity.expires == ENDED:
            holder.token_expired()
            return
        if holder not in self._timers:
            self.add(holder)
        if identity.scope != before.scope:
            holder.token_expired()
        if before.user is not None and before.user != identity.user:
            holder.user_changed(before.user)

    def _check_soon(self, holder: TokenHolder) -> None:
        if not self._added:
            self._loop.call_later(SOON_SECONDS, copy_context().run, self._check_added)
        self._added.add(holder)

    def _check_added(self) -> None:
        added, self._added = self._added, set()
        try:
            self._check(added)
        except DBAPIError as error:
            logger.warning("the users of connections were not read: %s", error)
            for holder in added & self._timers.keys():
                self._check_soon(holder)

    def _time_is_up(self, holder: TokenHolder) -> None:
        if time() < holder.identity.expires:
            # It has not expired yet, or the clock was set back.
            self.add(holder)
        else:
            holder.token_expired()


def _ids(holder: TokenHolder) -> tuple[int, str]:
    """Return the id of the user, and that of the long-lived token; empty if it is none."""
    identity = holder.identity
    assert identity.user is not None, "only users have tokens"
    return identity.user.id, identity.scope.token_id if identity.scope else ""


token_watch: TokenWatch = app_extension("token_watch")
