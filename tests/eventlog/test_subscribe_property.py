"""Fetch + events == refetch, whatever the writers and the followers do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from me_api.eventlog import EventLog, Subscriber
from me_api.storage import engines
from tests.eventlog.example_feature import Crash, Elsewhere, Note, NotesFeed, Refused, create
from tests.eventlog.loops import Listener, StoppableLoop

TOPICS = ["note:a", "note:b", "note:c"]
FOLLOWERS = 3

topics = st.sampled_from(TOPICS)
texts = st.none() | st.sampled_from("xyz")
keys = st.integers(1, 3)
notes = st.tuples(st.sampled_from([Note, Note, Note, Refused, Crash]), topics, keys, texts)
who = st.integers(0, FOLLOWERS - 1)
acts = st.one_of(
    st.tuples(st.just("write"), st.lists(notes, min_size=1, max_size=5)),
    st.tuples(st.just("write_elsewhere"), topics, keys, texts),
    st.tuples(st.just("watch")),
    st.tuples(st.just("join"), who, topics),
    st.tuples(st.just("leave"), who, topics),
    st.tuples(st.just("pause"), who),
    st.tuples(st.just("resume"), who),
    st.tuples(st.just("fill"), who, st.booleans()),
    st.tuples(st.just("come_back"), who),
)


@dataclass
class Reader:
    """A client: what it follows, and from which positions; it never forgets an entry."""

    follower: Subscriber
    listener: Listener
    pauses: int = 0
    starts: dict[str, int] = field(default_factory=dict)


class World:
    """One log, two writers, some readers."""

    def __init__(self, path: Path) -> None:
        create(path)
        self.loop = StoppableLoop()
        url = f"sqlite:///{path}"
        self.readers_engine = create_engine(url, **engines.reader_options(url))
        self.log = EventLog(self.loop, self.readers_engine, [NotesFeed()])
        self.elsewhere = Elsewhere(path)
        self.readers: list[Reader] = []

    def begin(self) -> None:
        """Forget the readers of the last example; the log goes on."""
        self.watch()
        self.readers = [self.reader(self.log.delivered) for _ in range(FOLLOWERS)]

    def reader(self, position: int, starts: dict[str, int] | None = None) -> Reader:
        listener = Listener(self.loop)
        made = Reader(Subscriber(listener, starts or {}, position), listener)
        made.starts = dict(starts or {})
        self.loop.spawn(self.log.tail.start, made.follower)
        self.loop.turn()
        return made

    def write(self, wanted: list[Any]) -> None:
        changes = [kind(topic, key, text) for kind, topic, key, text in wanted]
        self.loop.together(*[lambda c=change: self.log.commit(c) for change in changes])

    def write_elsewhere(self, topic: str, key: int, text: str | None) -> None:
        self.elsewhere.write(topic, key, text)

    def watch(self) -> None:
        self.log.tail.catch_up()

    def join(self, who: int, topic: str) -> None:
        """Do as the chat does: membership first, from the position that the answer told."""
        reader = self.readers[who]
        self.log.tail.pause(reader.follower)
        if topic not in reader.starts:
            reader.starts[topic] = reader.follower.topics[topic] = self.log.delivered
        self.loop.spawn(self.log.tail.resume, reader.follower)
        self.loop.turn()

    def leave(self, who: int, topic: str) -> None:
        reader = self.readers[who]
        self.log.tail.unsubscribe(reader.follower, topic)
        reader.starts.pop(topic, None)
        gone = [entry for entry in reader.listener.entries if entry.topic == topic]
        for entry in gone:
            reader.listener.entries.remove(entry)

    def pause(self, who: int) -> None:
        self.log.tail.pause(self.readers[who].follower)
        self.readers[who].pauses += 1

    def resume(self, who: int) -> None:
        reader = self.readers[who]
        if reader.pauses:
            reader.pauses -= 1
            self.loop.spawn(self.log.tail.resume, reader.follower)
            self.loop.turn()

    def fill(self, who: int, holds: bool) -> None:
        listener = self.readers[who].listener
        listener.holds, listener.waiting = holds, False
        self.loop.turn()

    def come_back(self, who: int) -> None:
        """Cut the connection and recover: from the last position that was received."""
        old = self.readers[who]
        old.listener.gone = True
        self.log.tail.close(old.follower)
        reached = max([*old.listener.revs, min(old.starts.values(), default=self.log.delivered)])
        new = self.reader(reached, old.starts)
        new.listener.entries = old.listener.entries + new.listener.entries
        self.readers[who] = new

    def settle(self) -> None:
        """Let everybody catch up."""
        self.watch()
        for who, reader in enumerate(self.readers):
            reader.listener.holds = reader.listener.waiting = False
            for _ in range(reader.pauses):
                self.resume(who)
            self.loop.wait_until(lambda reader=reader: reader.follower.live)

    def end(self) -> None:
        self.loop.together(self.log.close)
        self.loop.stop()
        self.elsewhere.connection.close()
        self.readers_engine.dispose()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Make one log for all examples: each begins where the one before has ended."""
    made = World(tmp_path_factory.mktemp("property") / "log.sqlite")
    yield made
    made.end()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=st.lists(acts, max_size=25))
def test_what_a_follower_was_pushed_equals_the_tables(world: World, story: list[Any]) -> None:
    world.begin()
    for act, *arguments in story:
        getattr(world, act)(*arguments)
    world.settle()
    table = world.elsewhere.notes()
    for reader in world.readers:
        revs = reader.listener.revs
        assert revs == sorted(set(revs)), "revs strictly rise: in order, nothing twice"
        expected = {
            place: row
            for place, row in table.items()
            if row["rev"] > reader.starts.get(place[0], row["rev"])
        }
        assert reader.listener.folded == expected
