"""What presence shares with other nodes, as the registry uses it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from me_api.chat.message_batch import NickCheck
from me_api.chat.presence.grace import Membership
from me_api.chat.presence.replicas import Value


class SharedPresence(Protocol):
    """Sends to other nodes who is present here, and knows who is present there."""

    def start(self) -> None:
        """Begin to send and to ask, when the node has a lease."""

    def set(self, room: str, sender: str, value: Value | None) -> None:
        """Note what this node has under a key of `replicas`, or that it has it no longer."""

    def claim(self, nick: str, sender: str) -> bool:
        """Hold a folded nick on all nodes; return False if another sender has it. Waits.

        Raises `StorageUnavailable`.
        """

    def release(self, nick: str) -> None:
        """Hold a folded nick no longer."""

    def is_taken(self, nick: str, sender: str | None) -> bool:
        """Return whether another sender holds a folded nick on another node. Waits."""

    def nick_check(self, nick: str, sender: str | None) -> NickCheck | None:
        """Return the same question, for the commit to answer; None if there is none."""

    def find_nick(self, nick: str) -> str | None:
        """Return a folded nick as it is shown, if somebody uses it on another node."""

    def members_named(self, nick: str) -> Collection[Membership]:
        """Return the members with this folded nick on other nodes."""

    def send(self, kind: str, body: dict[str, str], *, droppable: bool = False) -> None:
        """Send something to the other nodes that need not arrive."""


class NothingShared:
    """Implements `SharedPresence` where there is one server: nothing is shared."""

    def start(self) -> None:
        """Do nothing: there is no other node to ask."""

    def set(self, room: str, sender: str, value: Value | None) -> None:
        """Do nothing: there is no other node that needs to know."""

    def claim(self, nick: str, sender: str) -> bool:
        """Return True: what this process knows decides."""
        return True

    def release(self, nick: str) -> None:
        """Do nothing: no nick is held on other nodes."""

    def is_taken(self, nick: str, sender: str | None) -> bool:
        """Return False: what this process knows decides."""
        return False

    def nick_check(self, nick: str, sender: str | None) -> NickCheck | None:
        """Return None: the commit has nothing to compare."""
        return None

    def find_nick(self, nick: str) -> str | None:
        """Return None: nobody is on another node."""
        return None

    def members_named(self, nick: str) -> Collection[Membership]:
        """Return an empty tuple: nobody is on another node."""
        return ()

    def send(self, kind: str, body: dict[str, str], *, droppable: bool = False) -> None:
        """Do nothing: nobody would receive it."""
