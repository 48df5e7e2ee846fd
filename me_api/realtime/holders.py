"""All that is open in this process: connections, streams, and requests that wait."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol

from me_api.auth.ban_changes import AddAddresses
from me_api.auth.bans import Ban, Bans
from me_api.auth.identity import Identity
from me_api.eventlog import EventLog
from me_api.extensions import app_extension


class Holder(Hashable, Protocol):
    """What stays open for a caller."""

    identity: Identity

    def follows(self, topic: str) -> bool:
        """Return whether it is sent the changes of a topic."""

    def notify(self, event: str, body: dict[str, Any]) -> None:
        """Send an event that is not of the log, if such events are sent here. Never waits."""

    def revoke(self, topic: str) -> None:
        """Stop sending the changes of a topic, which may not be read any longer. Never waits."""

    def banned(self, ban: Ban, topic: str | None) -> None:
        """Send why, and stop sending the topic of the ban, or all if there is none. Never waits."""


class Holders:
    """Refuses what callers open who are banned, and removes those who are banned meanwhile.

    `topic` returns the topic of a room.
    """

    def __init__(self, log: EventLog, bans: Bans, topic: Callable[[str], str]) -> None:
        self._log, self._bans, self._topic = log, bans, topic
        self._open: set[Holder] = set()

    def check(self, identity: Identity) -> None:
        """Raise `Banned` if a caller is banned from the site."""
        self._bans.check(identity)

    def add(self, holder: Holder) -> None:
        """Add what is being opened; raise `Banned` if its caller is banned from the site."""
        self.check(holder.identity)
        self._open.add(holder)

    def remove(self, holder: Holder) -> None:
        """Remove what has been closed."""
        self._open.discard(holder)

    def following(self, topic: str) -> list[Holder]:
        """Return what is sent the changes of a topic."""
        return [holder for holder in self._open if holder.follows(topic)]

    def refresh_bans(self) -> None:
        """Read the bans, and apply those that are new; raise `DBAPIError`."""
        for ban in self._bans.load():
            concerned = [each for each in self._open if self._concerns(ban, each)]
            if ban.with_address:
                self._add_addresses(ban, concerned)
            topic = None if ban.room is None else self._topic(ban.room)
            for holder in concerned:
                holder.banned(ban, topic)

    def _concerns(self, ban: Ban, holder: Holder) -> bool:
        # Clients of the course without account and secret are members by their nick.
        shown = getattr(holder, "sender", None)
        return self._bans.concerns(ban, holder.identity) or shown in ban.subjects

    def addresses_of(self, subject: str) -> frozenset[str]:
        """Return the subjects of the addresses that are known here of a guest."""
        concerned = (
            holder
            for holder in self._open
            if subject in (holder.identity.sender, getattr(holder, "sender", None))
        )
        return self._addresses((subject,), concerned)

    def _addresses(self, subjects: Iterable[str], concerned: Iterable[Holder]) -> frozenset[str]:
        addresses = {holder.identity.address for holder in concerned}
        addresses |= {self._bans.posted_from(subject) for subject in subjects}
        return frozenset(map(self._bans.of_address, addresses - {""}))

    def _add_addresses(self, ban: Ban, concerned: Iterable[Holder]) -> None:
        """Add the addresses that are known here of the guest."""
        known = self._addresses(ban.subjects, concerned)
        if known.difference(ban.subjects):
            # Not waited for: this is called while commits are published.
            self._log.commit_later(AddAddresses(ban.id, known))


holders: Holders = app_extension("holders")
