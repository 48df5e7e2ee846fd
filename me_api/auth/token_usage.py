"""When long-lived tokens were last used: coarsely, without a write for each request."""

from __future__ import annotations

from dataclasses import dataclass
from time import time

from sqlalchemy import update

from me_api.auth.models import TokenRow
from me_api.eventlog import Change, Transaction, log
from me_api.extensions import app_extension

USED_SECONDS = 600.0
"""Seconds for which the use of a token is not stored again."""


@dataclass(frozen=True, slots=True)
class StoreUse(Change):
    """Store that a token has been used."""

    token_id: str

    def apply(self, transaction: Transaction) -> None:
        used = update(TokenRow).where(TokenRow.id == self.token_id)
        transaction.connection.execute(used.values(last_used=transaction.now))


class TokenUsage:
    """When this process has stored the use of each token."""

    def __init__(self) -> None:
        self._stored: dict[str, float] = {}

    def note(self, token_id: str) -> None:
        """Store that a token is used, unless that was stored lately. Never waits."""
        now = time()
        # Also if the clock was set back.
        if abs(now - self._stored.get(token_id, 0)) >= USED_SECONDS:
            self._stored[token_id] = now
            log.commit_later(StoreUse(token_id))


token_usage: TokenUsage = app_extension("token_usage")
