"""Users, rooms and other things on the server that Schemathesis sends requests to."""

import os
import secrets
from functools import cached_property, partial
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from argon2 import PasswordHasher

from me_api.auth import web_tokens
from me_api.auth.identity import digest
from me_api.auth.nicks import fold
from tests.support.databases import connect, execute
from tests.support.http import HttpClient

PASSWORD = "correct horse"
INSERT = """
INSERT INTO users (email, email_folded, nick, nick_folded, password_hash, role, created, reset_hash,
    reset_expires)
VALUES (:email, :email, :nick, :folded, :password, :role, '2026-01-01T00:00:00.000Z', :reset,
    '9999-01-01T00:00:00.000Z')
RETURNING id
"""


class SiteUser(NamedTuple):
    """A user, with a token, and with the secret by which the password may be reset, once."""

    id: int
    nick: str
    email: str
    token: str
    reset: str


class Site:
    """The server, by its address; its database and its key, by which users are made."""

    def __init__(self, url: str, database: str, secret: str) -> None:
        where = urlsplit(url)
        self._http = HttpClient(str(where.hostname), where.port or 80)
        self._database = database
        self._secret = secret
        self._hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        self._numbers = count(1)
        self._weeks = count(1_000)
        self.owner = self.user("owner")
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

    @classmethod
    def of_environment(cls) -> "Site":
        """Return the server that the test has named."""
        return cls(*(os.environ[name] for name in VARIABLES))

    def user(self, role: str = "member") -> SiteUser:
        """Store a user whose password is `PASSWORD`."""
        nick = f"fuzz{next(self._numbers)}"
        email, reset = f"{nick}@example.com", secrets.token_urlsafe(8)
        names = {"nick": nick, "folded": fold(nick), "email": email}
        values = {"role": role, "password": self._hash, "reset": digest(reset)}
        with connect(self._database) as connection:
            rows = execute(connection, INSERT, **names, **values)
        number = rows[0][0]
        token = web_tokens.issue(number, self._secret, 1)
        return SiteUser(number, nick, email, token, f"{number}.{reset}")

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


VARIABLES = ("FUZZED_URL", "FUZZED_DATABASE", "FUZZED_SECRET")
