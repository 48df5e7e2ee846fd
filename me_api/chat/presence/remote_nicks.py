"""The nicks in use on other nodes, and the members that these have under a nick."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from me_api.auth.nicks import fold
from me_api.chat.presence.grace import Membership
from me_api.chat.presence.replicas import Difference, Value


class RemoteNicks:
    """Finds by a folded nick what is in the replicas of all nodes."""

    def __init__(self) -> None:
        self._shown: dict[str, dict[str, str]] = defaultdict(dict)
        """By folded nick, how each node shows it."""
        self._members: dict[str, set[tuple[str, Membership]]] = defaultdict(set)

    def find(self, nick: str) -> str | None:
        """Return a nick as it is shown, if somebody uses it on another node."""
        return next(iter(self._shown[nick].values())) if nick in self._shown else None

    def members(self, nick: str) -> Collection[Membership]:
        """Return the members with this nick on other nodes."""
        return [membership for _, membership in self._members.get(nick, ())]

    def set(self, node: str, nick: str, value: Value | None) -> None:
        """Note that a nick is used on a node, or no longer."""
        if value is not None:
            self._shown[nick][node] = value[0]
            return
        self._shown[nick].pop(node, None)
        if not self._shown[nick]:
            del self._shown[nick]

    def index(self, node: str, difference: Difference) -> None:
        """Note a change of a member."""
        if difference.old is not None:
            key = fold(difference.old[0])
            self._members[key].discard((node, difference.key))
            if not self._members[key]:
                del self._members[key]
        if difference.new is not None:
            self._members[fold(difference.new[0])].add((node, difference.key))
