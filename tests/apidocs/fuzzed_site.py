"""Users, rooms and other things on the server that Schemathesis sends requests to."""

import json
import secrets
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.support.http import HttpClient

PASSWORD = "correct horse"
GIVEN = "given.json"


class SiteUser(NamedTuple):
    """A user, with a token, and with the secret by which the password may be reset, once."""

    id: int
    nick: str
    email: str
    token: str
    reset: str


class Site:
    """The server, as a file says that the test has written (`tests.apidocs.given`)."""

    def __init__(self, folder: Path) -> None:
        given = json.loads((folder / GIVEN).read_text())
        where = urlsplit(given["url"])
        self._http = HttpClient(str(where.hostname), where.port or 80)
        self._users = iter(given["users"])
        self._numbers = count(1)
        self._weeks = count(1_000)
        self.patterns: dict[str, str] = given["patterns"]
        self.owner = self.user()
        self.member = self.user()
        self.leaving = self.user()
        """The caller of operations that end the caller's tokens, until one succeeds."""

    @cached_property
    def week(self) -> int:
        """The week of a report."""
        return self.report()

    @cached_property
    def written(self) -> dict[str, Any]:
        """Room and id of a message of a user."""
        room = self.room()
        return {"room": room, "id": self.message(room, self.user())}

    @cached_property
    def written_by_guest(self) -> dict[str, Any]:
        """Room and id of a message of a guest."""
        room = self.room()
        return {"room": room, "id": self.message(room, guest=True)}

    def user(self) -> SiteUser:
        """Return another user, whose password is `PASSWORD`."""
        return SiteUser(*next(self._users))

    def room(self) -> str:
        """Create a room, and return its name."""
        name = f"fuzz-{next(self._numbers)}"
        self._make("/chat/rooms", {"name": name})
        return name

    def message(self, room: str, user: SiteUser | None = None, *, guest: bool = False) -> int:
        """Post a message as the owner, as another user or as a guest."""
        body = {"text": "hej", **({"nick": "guest"} if guest else {})}
        token = None if guest else (user or self.owner).token
        headers = {"X-Guest": secrets.token_urlsafe(24)} if guest else {}
        sent = partial(self._make, f"/chat/rooms/{room}/messages", body)
        return int(sent(token=token, headers=headers)["id"])

    def report(self) -> int:
        """Write a report, and return its week."""
        week = next(self._weeks)
        self._make("/reports", {"week": week, "title": "A week", "text": "hej"})
        return week

    def ban(self) -> int:
        """Ban a new user, and return the id of the ban."""
        return int(self._make("/moderation/bans", {"user": self.user().nick})["id"])

    def lift(self, ban: int) -> None:
        """End a ban, as the owner."""
        answer = self._http.delete(f"/moderation/bans/{ban}", token=self.owner.token)
        assert answer.status == 204, answer.body

    def token(self) -> str:
        """Create a long-lived token, and return its id."""
        return str(self._make("/tokens", {"name": "A token", "scopes": ["read"]})["id"])

    def _make(self, path: str, body: Any, **options: Any) -> Any:
        answer = self._http.post(path, body, **{"token": self.owner.token, **options})
        assert answer.status == 201, answer.body
        return answer.json["data"]
