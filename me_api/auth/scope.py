"""Scopes: what a long-lived token allows of what its user may do, and in which rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Action = Literal["read", "post", "reports", "rooms", "monitor"]
"""`read` and `post` concern messages, and are limited to the token's rooms."""
ACTIONS: tuple[Action, ...] = get_args(Action)

_DETAILS: dict[Action, str] = {
    "read": "read",
    "post": "post",
    "reports": "write reports",
    "rooms": "create or change rooms",
    "monitor": "monitor the server",
}


@dataclass(frozen=True, slots=True)
class TokenScope:
    """The actions that a long-lived token allows, and the rooms; None for all rooms."""

    token_id: str
    actions: frozenset[Action]
    rooms: frozenset[str] | None = None

    def allows(self, action: Action | None, room: str | None = None) -> bool:
        """Return whether an action is allowed, in a room if it concerns one.

        None is what no long-lived token allows.
        """
        return action in self.actions and (room is None or self.includes(room))

    def includes(self, room: str) -> bool:
        """Return whether a room is one of the token's."""
        return self.rooms is None or room in self.rooms

    def explain(self, action: Action | None, room: str | None = None) -> str:
        """Describe why an action is not allowed."""
        if action is None:
            return "A long-lived token does not allow this: log in."
        if action not in self.actions or room is None:
            return f"This token may not {_DETAILS[action]}."
        return f"This token is not for room {room!r}."
