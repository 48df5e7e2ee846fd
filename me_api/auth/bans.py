"""The bans that hold now, in memory, so that posting and connecting need no query for them."""

from __future__ import annotations

import hmac
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from math import inf
from time import time
from typing import Any, Protocol

from sqlalchemy import Engine, select

from me_api.auth import users
from me_api.auth.moderation_models import BanRow
from me_api.errors import Banned
from me_api.extensions import app_extension

ADDRESS = "address:"
"""What the subject of an address begins with."""
CACHED_ADDRESSES = 4096
RECENT = 4096
"""The guests who have posted last, whose addresses are in memory, so that they can be banned."""
PURPOSE = b"me-api: addresses in bans"
"""Makes the key another one than that of tokens."""


class Caller(Protocol):
    """What of an `Identity` decides whether a ban is about it."""

    @property
    def sender(self) -> str | None:
        """The user or guest that it is."""

    @property
    def address(self) -> str:
        """The `network` of a guest; empty for a user, and where it is not known."""


@dataclass(frozen=True, slots=True)
class Ban:
    """A ban. `room` is None for one of the whole site, `until` for one that does not end."""

    id: int
    subjects: tuple[str, ...]
    room: str | None
    target: str
    with_address: bool
    until: str | None
    reason: str
    created: str
    actor: str

    @property
    def user_id(self) -> int | None:
        """The id of the user who is banned; None for a guest and for an address."""
        return users.id_of(self.subjects[0])

    @property
    def expires(self) -> float:
        """When it ends, in seconds since 1970."""
        return inf if self.until is None else datetime.fromisoformat(self.until).timestamp()

    @property
    def body(self) -> dict[str, Any]:
        """What the client is sent that is banned; `text` is for people."""
        return {"room": self.room, "until": self.until, "reason": self.reason, "text": self.text}

    @property
    def text(self) -> str:
        """The ban in words, for people."""
        place = "from this site" if self.room is None else f"from the room {self.room!r}"
        end = "" if self.until is None else f" until {self.until[:10]} {self.until[11:16]} UTC"
        return f"You are banned {place}{end}{f': {self.reason}' if self.reason else '.'}"


class Bans:
    """All bans, by their subjects. `secret` is what the key for addresses is derived from."""

    def __init__(self, engine: Engine, secret: str) -> None:
        self._engine = engine
        self._key = hmac.digest(secret.encode(), PURPOSE, "sha256")
        self._by_subject: dict[str, list[tuple[Ban, float]]] = {}
        self.all: dict[int, Ban] = {}
        """By id, also those that have ended and were not deleted yet."""
        self._recent: OrderedDict[str, str] = OrderedDict()
        self.of_address = lru_cache(CACHED_ADDRESSES)(self._of_address)
        """Returns the subject of an address, as `network` returns it."""

    def record_post(self, sender: str, address: str) -> None:
        """Note from where a guest has posted. It is never stored, and forgotten after others."""
        if address:
            self._recent[sender] = address
            self._recent.move_to_end(sender)
            if len(self._recent) > RECENT:
                self._recent.popitem(last=False)

    def posted_from(self, sender: str) -> str:
        """Return the address from which a guest has posted last; empty if it is not known."""
        return self._recent.get(sender, "")

    def load(self) -> list[Ban]:
        """Read all bans; return those that are new, or were changed. Raises `DBAPIError`."""
        with self._engine.connect() as connection:
            found = [to_ban(row) for row in connection.execute(select(BanRow.__table__))]
        known, self.all = self.all, {ban.id: ban for ban in found}
        by_subject: defaultdict[str, list[tuple[Ban, float]]] = defaultdict(list)
        for ban in found:
            for subject in ban.subjects:
                by_subject[subject].append((ban, ban.expires))
        self._by_subject = dict(by_subject)
        return [ban for ban in found if known.get(ban.id) != ban]

    def find(self, caller: Caller, room: str | None = None) -> Ban | None:
        """Return a ban of a caller from the site, or from this room, if there is one."""
        # The usual case, for every message and every connection.
        if not self._by_subject:
            return None
        for subject in self._subjects(caller):
            for ban, expires in self._by_subject.get(subject, ()):
                if ban.room in (None, room) and time() < expires:
                    return ban
        return None

    def has_any(self, caller: Caller) -> bool:
        """Return whether a caller is banned from the site, or from any room."""
        if not self._by_subject:
            return False
        found = (self._by_subject.get(subject, ()) for subject in self._subjects(caller))
        return any(time() < expires for bans in found for _, expires in bans)

    def check(self, caller: Caller, room: str | None = None) -> None:
        """Raise `Banned` if the caller is banned from the site, or from this room."""
        ban = self.find(caller, room)
        if ban is not None:
            fields = {"room": ban.room, "until": ban.until, "reason": ban.reason}
            raise Banned(ban.text, extra=fields)

    def concerns(self, ban: Ban, caller: Caller) -> bool:
        """Return whether a caller is one of the subjects of a ban that has not ended."""
        return time() < ban.expires and any(s in ban.subjects for s in self._subjects(caller))

    def _subjects(self, caller: Caller) -> Iterator[str]:
        if caller.sender is not None:
            yield caller.sender
        if caller.address:
            yield self.of_address(caller.address)

    def _of_address(self, address: str) -> str:
        return ADDRESS + hmac.new(self._key, address.encode(), sha256).hexdigest()


def to_ban(row: Any) -> Ban:
    """Return the ban in a row."""
    return Ban(
        row.id,
        tuple(row.subjects.split()),
        row.room,
        row.target,
        bool(row.with_address),
        row.until,
        row.reason,
        row.created,
        row.actor,
    )


bans: Bans = app_extension("bans")
