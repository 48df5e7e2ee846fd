"""Applies changes of access to what is open here: whichever process has banned or closed a room."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context

from flask import Flask

from me_api.chat import access, rooms
from me_api.chat.feed import topic
from me_api.chat.guests import apply_guest_access, remove_guest
from me_api.chat.room_state import RoomState, room_states
from me_api.eventlog import log, retry
from me_api.extensions import loop
from me_api.realtime.connection import Connection
from me_api.realtime.holders import holders

UNSWEPT = "messages of deleted rooms were not all deleted yet"


class AccessWatch:
    """What may be done in each room, as this node has applied it to what is open.

    `check_users` applies to them which users were changed, disabled, signed out or deleted.
    """

    def __init__(self, app: Flask, check_users: Callable[[], None]) -> None:
        self._check_users = check_users
        self._known: dict[str, RoomState] = {}
        self._opened: dict[str, tuple[int, str]] = {}
        """Rooms that have been opened, by name: from which position on, and to what."""
        self._context = copy_context()
        self._context.run(lambda: app.app_context().push())

    def follow(self) -> int | None:
        """Apply what has changed; waits for a read.

        Guests are removed from a closed room at once, and subscribed to an opened one when what was
        said while it was closed has been published: returns the position at which it has to be
        called again for that, or None.
        """
        return self._context.copy().run(self._follow)

    def _follow(self) -> int | None:
        self._check_users()
        holders.refresh_bans()
        # A room that was opened and closed again since the last time looks as it did then, but
        # guests may have entered it. Those who enter from now on read what is read here, or later.
        entered = frozenset(access.entered)
        access.entered.clear()
        try:
            current, opened = room_states()
        except Exception:
            access.entered.update(entered)
            raise
        swept = True
        for name, state in current.items():
            known = self._known.get(name)
            if known != state or (state.guests == "none" and name in entered):
                self._apply(name, known, state, opened[name])
                swept = swept and state.deleted is None
        if not swept:
            # Once for all of them: it deletes the messages of all deleted rooms.
            retry.until_success(loop, UNSWEPT, rooms.sweep)
        self._known = current
        log.access_applied += 1
        for name, (position, guests) in tuple(self._opened.items()):
            if log.delivered >= position:
                del self._opened[name]
                apply_guest_access(name, guests)
        return min((position for position, _ in self._opened.values()), default=None)

    def _apply(self, name: str, known: RoomState | None, state: RoomState, opened: int) -> None:
        # First: guests who are removed from a closed room are sent that it is.
        if known is not None and known != state:
            announce(name, known, state)
        if state.deleted is not None:
            self._opened.pop(name, None)
        elif state.guests == "none":
            self._opened.pop(name, None)
            apply_guest_access(name, state.guests)
        elif known is None or known.guests != state.guests:
            self._opened[name] = (opened, state.guests)


def announce(name: str, known: RoomState, state: RoomState) -> None:
    """Send to all who follow a room that it has changed; remove all from it if it was deleted."""
    following = holders.following(topic(name))
    for holder in following:
        # Those who follow all rooms are sent nothing of a room that they cannot read; a guest, of
        # one that is closed or deleted at this moment, not the new title.
        if access.may_read(name, state.guests, holder.identity):
            holder.notify("room", state.body(name, known))
        elif access.may_read(name, known.guests, holder.identity):
            holder.notify("room", state._replace(title=known.title).body(name, known))
    if state.deleted is None:
        return
    for holder in following:
        if isinstance(holder, Connection):
            remove_guest(holder, name)
        else:
            holder.revoke(topic(name))
