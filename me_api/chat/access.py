"""Follows what other nodes change of the access of guests to rooms."""

from __future__ import annotations

from contextvars import copy_context

from flask import Flask

from me_api.chat import rooms


class RoomAccess:
    """What guests may do in each room, as this node has applied it to its connections."""

    def __init__(self, app: Flask) -> None:
        self._known: dict[str, str] = {}
        self._context = copy_context()
        self._context.run(lambda: app.app_context().push())

    def follow(self) -> None:
        """Apply what has changed: remove guests from rooms that are closed. Waits for a read."""
        self._context.copy().run(self._follow)

    def _follow(self) -> None:
        current = rooms.guest_access()
        for name, guests in current.items():
            if self._known.get(name) != guests:
                rooms.apply_guest_access(name, guests)
        self._known = current
