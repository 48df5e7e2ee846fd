"""The posts of a room's clients that are being stored: who has sent which of the new messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from me_api.chat.message_changes import PostMessage
from me_api.eventlog import Entry
from me_api.realtime.events import Connection


class OwnPosts:
    """Finds the connection that has sent a message, among those of this node."""

    # A message is compared with what was sent: on PostgreSQL it may have been read from the
    # database, or numbered anew, before the commit of its author is known here. Two clients that
    # send the same under the same nick may be taken for each other; both then see the same.

    def __init__(self) -> None:
        self._waiting: list[tuple[Connection, PostMessage]] = []

    @contextmanager
    def waiting(self, connection: Connection, change: PostMessage) -> Iterator[None]:
        """Expect the message of a change while it is stored."""
        post = (connection, change)
        self._waiting.append(post)
        try:
            yield
        finally:
            # It is gone already if it was published.
            self._waiting = [each for each in self._waiting if each is not post]

    def authors(self, entries: Iterable[Entry]) -> dict[Connection, set[int]]:
        """Return the senders of new messages, with the revs of what each has sent."""
        found: dict[Connection, set[int]] = {}
        for entry in entries if self._waiting else ():
            post = next((post for post in self._waiting if _is_of(entry.body, post[1])), None)
            if post is not None:
                self._waiting.remove(post)
                found.setdefault(post[0], set()).add(entry.rev)
        return found


def _is_of(message: dict[str, Any], change: PostMessage) -> bool:
    if (message["text"], message["nick"]) != (change.text, change.nick):
        return False
    payload, sent = message.get("payload"), change.payload
    if isinstance(payload, dict) and isinstance(sent, dict) and "time" not in sent:
        return payload == {**sent, "time": payload.get("time")}
    return bool(payload == sent)
