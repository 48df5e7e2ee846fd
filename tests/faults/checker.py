"""What must hold of all that was acknowledged, received and stored. It does no I/O."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple

Message = dict[str, Any]

FIELDS = ("room", "id", "rev", "nick", "verified", "text", "time", "edited", "deleted")
"""What a message consists of on every interface; some add more."""

LOST = "lost"
DOUBLED = "doubled"
DISORDERED = "out of order"
UNSTORED = "not in the history"
UNACKNOWLEDGED = "not acknowledged"
CHANGED = "changed"
UNEXPECTED = "unexpected answer"
STUCK = "not recovered"
KINDS = (LOST, DOUBLED, DISORDERED, UNSTORED, UNACKNOWLEDGED, CHANGED, UNEXPECTED, STUCK)


class Violation(NamedTuple):
    """A broken promise: its kind, the client that noticed it or "history", and what happened."""

    kind: str
    where: str
    what: str


@dataclass
class Received:
    """The versions of messages that a client has received, by rev; and the newest rev."""

    rooms: frozenset[str]
    versions: dict[int, Message] = field(default_factory=dict)
    last: int = 0


class Checker:
    """Collects what posters and clients report while it happens, and compares it at the end.

    A post, an edit and a deletion each make a version of a message, which is known by its rev.
    Several threads may report at the same time.
    """

    def __init__(self) -> None:
        self.violations: list[Violation] = []
        self.acknowledged: dict[int, Message] = {}
        self.clients: dict[str, Received] = {}
        self._lock = Lock()

    def add_client(self, name: str, rooms: Iterable[str]) -> None:
        """Expect a client to receive everything in these rooms, which are empty."""
        self.clients[name] = Received(frozenset(rooms))

    def acknowledge(self, poster: str, message: Message) -> None:
        """Record the acknowledgement of a version."""
        version = pick(message)
        with self._lock:
            known = self.acknowledged.setdefault(version["rev"], version)
        if known != version:
            self.report(CHANGED, poster, f"rev {version['rev']} is {known} and {version}")

    def receive(self, client: str, message: Message) -> None:
        """Record that a client received this version; check its place in the order at once."""
        version, received = pick(message), self.clients[client]
        rev = version["rev"]
        if rev in received.versions:
            self.report(DOUBLED, client, f"{version} came twice")
        elif rev < received.last:
            self.report(DISORDERED, client, f"{version} came after rev {received.last}")
        received.versions[rev] = version
        received.last = max(received.last, rev)

    def report(self, kind: str, where: str, what: str) -> None:
        """Add a violation of a promise, from any thread."""
        with self._lock:
            self.violations.append(Violation(kind, where, what))

    def finish(self, history: Iterable[Message]) -> list[Violation]:
        """Compare everything with the history of all rooms; return all violations."""
        stored = [pick(message) for message in history]
        for kind, what in self._check_history(stored):
            self.report(kind, "history", what)
        for name, received in self.clients.items():
            for kind, what in self._check_client(received, stored):
                self.report(kind, name, what)
        return self.violations

    def _check_history(self, stored: list[Message]) -> Iterator[tuple[str, str]]:
        yield from self._check_stored(stored)
        yield from self._check_acknowledged(stored)
        yield from self._check_numbers(stored)
        yield from check_texts(stored)

    def _check_stored(self, stored: list[Message]) -> Iterator[tuple[str, str]]:
        for message in stored:
            version = self.acknowledged.get(message["rev"])
            if version is None:
                yield UNACKNOWLEDGED, f"{message} is stored"
            elif version != message:
                yield CHANGED, f"{message} was acknowledged as {version}"

    def _check_acknowledged(self, stored: list[Message]) -> Iterator[tuple[str, str]]:
        newest = {key(message): message["rev"] for message in stored}
        for version in self.acknowledged.values():
            if newest.get(key(version), 0) < version["rev"]:
                yield LOST, f"{version} was acknowledged"

    def _check_numbers(self, stored: list[Message]) -> Iterator[tuple[str, str]]:
        """Check that nothing lies between the revs, and that ids count in their order."""
        revs = sorted(self.acknowledged)
        for rev, following in pairwise(revs):
            if following != rev + 1:
                yield UNACKNOWLEDGED, f"something has the revs between {rev} and {following}"
        created: dict[tuple[str, int], int] = {}
        for rev in revs:
            created.setdefault(key(self.acknowledged[rev]), rev)
        for room, ids in by_room(stored).items():
            if ids != list(range(1, len(ids) + 1)):
                yield DISORDERED, f"the ids of {room} have gaps: {ids}"
            first = [created.get((room, number), 0) for number in ids]
            if first != sorted(first):
                yield DISORDERED, f"the ids of {room} are not in the order of the revs"

    def _check_client(self, received: Received, stored: list[Message]) -> Iterator[tuple[str, str]]:
        for rev, version in received.versions.items():
            if self.acknowledged.get(rev) != version:
                yield UNSTORED, f"{version} was received, {self.acknowledged.get(rev)} stored"
            if version["room"] not in received.rooms:
                yield UNSTORED, f"{version} is of another room"
        for message in stored:
            if message["room"] in received.rooms and message["rev"] not in received.versions:
                yield LOST, f"{message} was never received"


def check_texts(stored: list[Message]) -> Iterator[tuple[str, str]]:
    """Check that no text, each of which is posted once, is stored twice."""
    seen: dict[str, Message] = {}
    for message in stored:
        if not message["deleted"] and message != seen.setdefault(message["text"], message):
            yield DOUBLED, f"{message} is {seen[message['text']]}"


def by_room(stored: list[Message]) -> dict[str, list[int]]:
    """Return the ids of each room, in the order of the history."""
    rooms: dict[str, list[int]] = defaultdict(list)
    for message in stored:
        rooms[message["room"]].append(message["id"])
    return rooms


def key(message: Message) -> tuple[str, int]:
    """Return what identifies a message through all its versions."""
    return message["room"], message["id"]


def pick(message: Message) -> Message:
    """Return the fields that are the same on every interface."""
    return {name: message[name] for name in FIELDS}
