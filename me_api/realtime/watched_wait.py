"""Requests that wait for a change: they end when the token of their caller does."""

from __future__ import annotations

from dataclasses import dataclass, field

from me_api.auth.identity import Identity
from me_api.auth.users import User
from me_api.concurrency import ClientWait, Event
from me_api.realtime.token_watch import token_watch


@dataclass(eq=False, slots=True)
class WatchedWait:
    """The wait of a caller's request, which is a holder of the caller's token."""

    identity: Identity
    client_wait: ClientWait
    _event: Event | None = field(default=None, init=False)

    def wait(self, event: Event) -> None:
        """Wait until the event is set, the client's wait ends, or the token does.

        Raises `Unauthorized` if the token is no longer valid.
        """
        self._event = event
        token_watch.add(self)
        try:
            self.client_wait.wait(event)
        finally:
            token_watch.remove(self)
        self.identity.check_token()

    def token_expired(self) -> None:
        """End the wait."""
        assert self._event is not None, "it is watched while it waits"
        self._event.set()

    def user_changed(self, before: User) -> None:
        """Do nothing: a user who is still one reads as before."""
