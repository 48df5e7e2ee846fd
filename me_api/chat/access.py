"""Follows what any process changes of who may do what."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context

from flask import Flask

from me_api.chat.guests import apply_guest_access, guest_access
from me_api.eventlog import log


class RoomAccess:
    """What guests may do in each room, as this node has applied it to its connections.

    `check_users` applies to them which users were changed, disabled, signed out or deleted.
    """

    def __init__(self, app: Flask, check_users: Callable[[], None]) -> None:
        self._check_users = check_users
        self._known: dict[str, str] = {}
        self._opened: dict[str, tuple[int, str]] = {}
        """Rooms that have been opened, by name: from which position on, and to what."""
        self._context = copy_context()
        self._context.run(lambda: app.app_context().push())

    def follow(self) -> bool:
        """Apply what has changed; return False if it has to be called again. Waits for a read.

        Guests are removed from a closed room at once, and subscribed to an opened one when what was
        said while it was closed has been published.
        """
        return bool(self._context.copy().run(self._follow))

    def _follow(self) -> bool:
        self._check_users()
        current, head = guest_access()
        for name, guests in current.items():
            if self._known.get(name) == guests:
                continue
            if guests == "none":
                self._opened.pop(name, None)
                apply_guest_access(name, guests)
            else:
                self._opened[name] = (head, guests)
        self._known = current
        for name, (position, guests) in tuple(self._opened.items()):
            if log.delivered >= position:
                del self._opened[name]
                apply_guest_access(name, guests)
        return not self._opened
