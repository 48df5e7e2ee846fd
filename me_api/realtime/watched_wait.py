"""Requests that wait for a change: they end when the token of their caller does, or at a ban."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from me_api.auth.bans import Ban
from me_api.auth.identity import Identity
from me_api.auth.users import User
from me_api.concurrency import ClientWait, Event
from me_api.realtime.holders import holders
from me_api.realtime.token_watch import token_watch
from me_api.rest.request import caller, wait_while_connected


@dataclass(eq=False, slots=True)
class WatchedWait:
    """The wait of a caller's request for a change of a topic."""

    topic: str
    identity: Identity
    client_wait: ClientWait
    check: Callable[[Identity], object]
    """Raises an `ApiError` if the caller may not read the topic."""
    _event: Event | None = field(default=None, init=False)

    def wait(self, event: Event) -> None:
        """Wait until the event is set, the client's wait ends, or the caller may not read any more.

        Raises `Unauthorized` if the token is no longer valid, `Banned`, or what `check` raises.
        """
        self._event = event
        holders.add(self)
        token_watch.add(self)
        try:
            # Since it was checked, what the caller may read may have changed.
            self.check(self.identity)
            self.client_wait.wait(event)
        finally:
            token_watch.remove(self)
            holders.remove(self)
        self.identity.check_token()
        holders.check(self.identity)

    def follows(self, topic: str) -> bool:
        """Return whether it waits for changes of a topic."""
        return topic == self.topic

    def notify(self, event: str, body: dict[str, Any]) -> None:
        """End the wait of a guest in a room that is closed; no other event is responded with."""
        if body.get("guests") == "none" and not self.identity.is_member:
            self.token_expired()

    def revoke(self, topic: str) -> None:
        """End the wait: whether the topic may be read is checked after it."""
        if topic == self.topic:
            self.token_expired()

    def banned(self, ban: Ban, topic: str | None) -> None:
        """End the wait: after it, the request is refused."""
        if topic in (None, self.topic):
            self.token_expired()

    def token_expired(self) -> None:
        """End the wait, after which the caller is checked."""
        assert self._event is not None, "it is watched while it waits"
        self._event.set()

    def user_changed(self, before: User) -> None:
        """Do nothing: a user who is still one reads as before."""


def watched_wait(
    topic: str, seconds: float, check: Callable[[Identity], object] = lambda identity: None
) -> WatchedWait | None:
    """Return the wait of the current request for a topic; None for 0 seconds, not to wait.

    `check` raises an `ApiError` if a caller may not read the topic, which by default anybody may.
    Raises `Unauthorized` for an invalid or expired token.
    """
    client_wait = wait_while_connected(seconds)
    return None if client_wait is None else WatchedWait(topic, caller(), client_wait, check)
