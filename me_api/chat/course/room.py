"""A room as the clients of the course on this node share it."""

from __future__ import annotations

from collections import deque
from typing import Any
from weakref import WeakValueDictionary

from me_api.chat.course import dialects
from me_api.chat.course.dialects import Dialect
from me_api.chat.course.own_posts import OwnPosts
from me_api.chat.course.typing import TypingTimers
from me_api.concurrency import Loop
from me_api.eventlog import Batch, Entry
from me_api.extensions import app_extension
from me_api.realtime.events import Connection

RECENT = 50
"""The messages by which a client that has not spoken is judged: as many as are in a page."""
_AUTHORS = "the course's authors"


class CourseRoom:
    """What the connections in a room have in common; it exists as long as there are any."""

    def __init__(self, name: str, loop: Loop) -> None:
        self.name = name
        self.own_posts = OwnPosts()
        self.typing = TypingTimers(loop)
        self.namespaces: dict[Dialect, Any] = {}
        """The `CourseNamespace` of each dialect that is spoken here."""
        self._kinds: deque[str] = deque(maxlen=RECENT)

    def authors(self, batch: Batch) -> dict[Connection, set[int]]:
        """Return who has sent which new messages of a batch; the same for each dialect."""
        if _AUTHORS not in batch.encoded:
            new = [entry for entry in batch.entries if is_shown(entry)]
            batch.encoded[_AUTHORS] = self.own_posts.authors(new)
            self._kinds.extend(dialects.kinds_of(entry.body for entry in new))
        found: dict[Connection, set[int]] = batch.encoded[_AUTHORS]
        return found

    @property
    def assumed(self) -> Dialect:
        """The dialect of recent messages, `UNDECIDED` if they do not agree."""
        return dialects.agreed(self._kinds)


class CourseRooms:
    """The rooms in which there are clients of the course, by name."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._rooms: WeakValueDictionary[str, CourseRoom] = WeakValueDictionary()

    def find(self, name: str) -> CourseRoom:
        """Return a room by name, also one that the chat does not have."""
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = CourseRoom(name, self._loop)
        return room


def is_shown(entry: Entry) -> bool:
    """Return whether an entry is shown here: these clients know neither edits nor deletions."""
    return entry.new and not entry.body["deleted"]


course_rooms: CourseRooms = app_extension("course_rooms")
