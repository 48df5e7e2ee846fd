"""A client of the course, and its place among the members of its room."""

from __future__ import annotations

from dataclasses import dataclass

from me_api.auth import lookup
from me_api.auth.nicks import fold
from me_api.chat.presence.registry import presence
from me_api.errors import Forbidden
from me_api.realtime.connection import Connection, StatelessConnection


@dataclass(eq=False, slots=True)
class CourseConnection(StatelessConnection):
    """A client in the namespace `/`: in one room, and a member of it once it has named a nick."""

    room: str = ""
    claimed_nick: str | None = None
    """The nick in its `auth` payload, or in its last message that had one."""
    holds_nick: bool = False
    """Whether it has its nick by a command, which has claimed it; others may not use it then."""
    shared_sender: str | None = None
    """Its sender in the list of members: without account and secret, one for all of its nick."""
    has_foreign_token: bool = False

    @property
    def sender(self) -> str:
        """The user or guest to whom the connection belongs, as others see it."""
        return self.shared_sender or self.identity.sender or ""

    def grant(self, topic: str) -> None:
        """Subscribe to the room if the client may read it again; a member comes back."""
        Connection.grant(self, topic)
        if self.nick is not None and topic in self.subscriber.topics:
            presence.add(self.room, self)

    def name(self, nick: str) -> None:
        """Show the client in the room under a nick, unless that is somebody else's.

        A reload of the page, or a second tab, is the same member.
        """
        self.claimed_nick = nick
        if self.holds_nick or (self.nick is not None and fold(self.nick) == fold(nick)):
            return
        user = self.identity.user
        verified = user is not None and fold(user.nick) == fold(nick)
        # Looking it up may wait.
        try:
            if not verified:
                lookup.check_available(nick)
        except Forbidden:
            return
        if not self.closed and self.subscriber.topics:
            before = self.nick, self.verified, self.shared_sender
            self.leave()
            if not self.show(nick, verified, f"course:{fold(nick)}" if self.anonymous else None):
                self.show(*before)

    def show(self, nick: str | None, verified: bool, shared_sender: str | None) -> bool:
        """Add the client to the members under a nick that it does not claim; None does nothing.

        Return False if the nick is another sender's.
        """
        self.shared_sender = shared_sender
        return nick is not None and presence.unclaimed.add(self.room, self, nick, verified)

    def leave(self) -> None:
        """Remove the client from the members, if its nick was only named."""
        presence.unclaimed.remove(self)
        self.shared_sender = None
