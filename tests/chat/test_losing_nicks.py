"""A nick that another node has meanwhile taken from a connection, in this process."""

from typing import Any

import pytest

from me_api.chat.presence import remote_events
from me_api.chat.presence.debounce import PendingChanges
from me_api.chat.presence.registry import PresenceRegistry
from me_api.errors import Conflict
from tests.eventlog.loops import StoppableLoop


class Present:
    """A connection of a guest."""

    is_guest = True

    def __init__(self, sender: str, nick: str | None) -> None:
        self.sender, self.nick, self.verified = sender, nick, False

    def revoke(self, topic: str) -> None: ...

    def grant(self, topic: str) -> None: ...


class World:
    """A registry, and what it has sent."""

    def __init__(self, loop: StoppableLoop) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.registry = PresenceRegistry(
            loop, lambda _, event, body: self.sent.append((event, body))
        )

    def connect(self, sender: str, nick: str, *rooms: str) -> Present:
        connection = Present(sender, nick)
        self.registry.claim_nick(nick, connection)
        for room in rooms:
            self.registry.add(room, connection)
        return connection

    def nicks(self, room: str) -> list[str]:
        return [member["nick"] for member in self.registry.members(room)]


@pytest.fixture
def world() -> World:
    return World(StoppableLoop())


def test_without_its_nick_a_connection_stays_but_is_no_member(world: World) -> None:
    anna, bert = world.connect("a", "anna", "one", "two"), world.connect("b", "bert", "one")
    world.registry.lose_nick(anna)
    assert (anna.nick, anna.verified) == (None, False)
    assert (world.nicks("one"), world.nicks("two")) == (["bert"], [])
    assert set(world.registry.connections("one")) == {anna, bert}
    assert world.registry.connections("two") == [anna]
    another = world.connect("c", "anna", "one")
    assert sorted(world.nicks("one")) == ["anna", "bert"]
    world.registry.lose_nick(anna)  # It has none.
    with pytest.raises(Conflict):
        world.registry.claim_nick("anna", anna)
    world.registry.rename(anna, "other", verified=False)
    assert sorted(world.nicks("one")) == ["anna", "bert", "other"] and another.nick == "anna"


def test_a_nick_that_cannot_be_claimed_again_is_lost_and_its_client_notified(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = world.connect("a", "anna", "one")
    loop = StoppableLoop()
    remote_events._claim_again(loop, world.registry, "anna")
    remote_events._claim_again(loop, world.registry, "nobody")
    assert anna.nick == "anna" and world.sent == []
    monkeypatch.setattr(world.registry.shared, "claim", lambda nick, sender: False, raising=False)
    remote_events._claim_again(loop, world.registry, "nobody")
    assert world.sent == [], "nobody has it any longer"
    remote_events._claim_again(loop, world.registry, "anna")
    assert anna.nick is None and world.nicks("one") == []
    assert world.sent == [("notice", {"text": remote_events.TAKEN})]


def test_only_a_pending_join_is_renamed() -> None:
    changes = PendingChanges()
    assert not changes.rename("a", "anna", "anne")
    changes.add("a", "joined", "anna")
    assert changes.rename("a", "anna", "anne")
    assert changes.last(1) == [("a", "joined", "anne")]
