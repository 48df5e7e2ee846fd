"""Sends the nick of the site's author to all clients in `/me` when it changes."""

from __future__ import annotations

from contextvars import copy_context

from flask import Flask

from me_api.me import service
from me_api.me.events import ME
from me_api.me.feed import TOPIC
from me_api.realtime.connection import Connection
from me_api.realtime.holders import holders


class AuthorWatch:
    """Sends the event `author` when the author has another nick, or is another owner."""

    def __init__(self, app: Flask) -> None:
        self._known: str | None = None
        self._context = copy_context()
        self._context.run(lambda: app.app_context().push())

    def follow(self) -> None:
        """Send the author, if it has changed; never has to be called again."""
        self._context.copy().run(self._follow)

    def _follow(self) -> None:
        # Before the first change it is not known here: then it is sent without need.
        if (author := service.author()) == self._known:
            return
        self._known = author
        for holder in holders.following(TOPIC):
            if isinstance(holder, Connection) and holder.namespace.name == ME:
                holder.notify("author", {"author": author})
