"""Fetch + events == refetch, whatever the writers and the subscribers do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from me_api.eventlog import EventLog, Subscriber
from me_api.storage import engines
from tests.eventlog.conftest import close_readers
from tests.eventlog.example_feature import (
    Crash,
    Note,
    NotesFeed,
    Refused,
    add_notes,
    create,
)
from tests.eventlog.loops import RecordingSink, StoppableLoop
from tests.eventlog.other_process import OtherProcess
from tests.support.databases import DATABASE

TOPICS = ["note:a", "note:b", "note:c"]
SUBSCRIBERS = 3

topics = st.sampled_from(TOPICS)
texts = st.none() | st.sampled_from("xyz")
keys = st.integers(1, 3)
notes = st.tuples(st.sampled_from([Note, Note, Note, Refused, Crash]), topics, keys, texts)
who = st.integers(0, SUBSCRIBERS - 1)
acts = st.one_of(
    st.tuples(st.just("write"), st.lists(notes, min_size=1, max_size=5)),
    st.tuples(st.just("write_in_other_process"), topics, keys, texts),
    st.tuples(st.just("poll")),
    st.tuples(st.just("join"), who, topics),
    st.tuples(st.just("leave"), who, topics),
    st.tuples(st.just("pause"), who),
    st.tuples(st.just("resume"), who),
    st.tuples(st.just("fill"), who, st.booleans()),
    st.tuples(st.just("reconnect"), who),
)


@dataclass
class Reader:
    """A client: its subscriptions, their start positions, and every entry it received."""

    subscriber: Subscriber
    sink: RecordingSink
    pauses: int = 0
    starts: dict[str, int] = field(default_factory=dict)


class World:
    """One log, two writers, some readers."""

    def __init__(self, url: str) -> None:
        self.loop = StoppableLoop()
        self.readers_engine = create_engine(url, **engines.reader_options(url, self.loop))
        self.log = EventLog(self.loop, self.readers_engine, [NotesFeed()])
        self.other_process = OtherProcess(url)
        self.readers: list[Reader] = []

    def begin(self) -> None:
        """Replace the readers of the last example; the log stays."""
        self.poll()
        self.readers = [self.reader(self.log.delivered) for _ in range(SUBSCRIBERS)]

    def reader(self, position: int, starts: dict[str, int] | None = None) -> Reader:
        sink = RecordingSink(self.loop)
        made = Reader(Subscriber(sink, starts or {}, position), sink)
        made.starts = dict(starts or {})
        self.loop.spawn(self.log.tail.start, made.subscriber)
        self.loop.turn()
        return made

    def write(self, wanted: list[Any]) -> None:
        changes = [kind(topic, key, text) for kind, topic, key, text in wanted]
        self.loop.together(*[lambda c=change: self.log.commit(c) for change in changes])

    def write_in_other_process(self, topic: str, key: int, text: str | None) -> None:
        self.other_process.write(topic, key, text)

    def poll(self) -> None:
        self.log.tail.catch_up()

    def join(self, who: int, topic: str) -> None:
        """Subscribe as the chat does, from the position in the response to `join`."""
        reader = self.readers[who]
        self.log.tail.pause(reader.subscriber)
        if topic not in reader.starts:
            reader.starts[topic] = reader.subscriber.topics[topic] = self.log.delivered
        self.loop.spawn(self.log.tail.resume, reader.subscriber)
        self.loop.turn()

    def leave(self, who: int, topic: str) -> None:
        reader = self.readers[who]
        self.log.tail.unsubscribe(reader.subscriber, topic)
        reader.starts.pop(topic, None)
        left = [entry for entry in reader.sink.entries if entry.topic == topic]
        for entry in left:
            reader.sink.entries.remove(entry)

    def pause(self, who: int) -> None:
        self.log.tail.pause(self.readers[who].subscriber)
        self.readers[who].pauses += 1

    def resume(self, who: int) -> None:
        reader = self.readers[who]
        if reader.pauses:
            reader.pauses -= 1
            self.loop.spawn(self.log.tail.resume, reader.subscriber)
            self.loop.turn()

    def fill(self, who: int, holds: bool) -> None:
        sink = self.readers[who].sink
        sink.holds, sink.waiting = holds, False
        self.loop.turn()

    def reconnect(self, who: int) -> None:
        """Reconnect, and recover from the last position that was received."""
        old = self.readers[who]
        old.sink.closed = True
        self.log.tail.close(old.subscriber)
        reached = max([*old.sink.revs, min(old.starts.values(), default=self.log.delivered)])
        new = self.reader(reached, old.starts)
        new.sink.entries = old.sink.entries + new.sink.entries
        self.readers[who] = new

    def catch_up(self) -> None:
        """Wait until all readers have caught up."""
        self.poll()
        for who, reader in enumerate(self.readers):
            reader.sink.holds = reader.sink.waiting = False
            for _ in range(reader.pauses):
                self.resume(who)
            self.loop.wait_until(lambda reader=reader: reader.subscriber.live)

    def end(self) -> None:
        self.loop.together(self.log.close)
        self.other_process.connection.close()
        close_readers(self.loop, self.readers_engine)


@pytest.fixture(scope="module")
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Create one log for all examples: each begins where the one before has ended."""
    folder = tmp_path_factory.mktemp("property")
    if DATABASE == "sqlite":
        made = World(create(folder / "log.sqlite"))
    else:
        made = World(add_notes(request.getfixturevalue("databases").create(folder)))
    yield made
    made.end()


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=st.lists(acts, max_size=25))
def test_what_a_subscriber_received_equals_the_tables(world: World, story: list[Any]) -> None:
    world.begin()
    for act, *arguments in story:
        getattr(world, act)(*arguments)
    world.catch_up()
    table = world.other_process.notes()
    for reader in world.readers:
        revs = reader.sink.revs
        assert revs == sorted(set(revs)), "revs strictly rise: in order, nothing twice"
        expected = {
            place: row
            for place, row in table.items()
            if row["rev"] > reader.starts.get(place[0], row["rev"])
        }
        assert reader.sink.folded == expected
