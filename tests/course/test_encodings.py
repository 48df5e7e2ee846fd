"""A commit is encoded once for each form that is spoken, however many clients speak it."""

from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest

from me_api.chat.course import namespace as module
from me_api.chat.course.dialects import DIALECTS, EXAMPLE, UNDECIDED, Dialect, agreed, spoken
from me_api.chat.course.namespace import CourseNamespace
from me_api.chat.course.room import CourseRoom
from me_api.chat.feed import entry
from me_api.chat.message_changes import PostMessage
from me_api.eventlog import Entry, Subscriber
from me_api.eventlog.live_subscribers import LiveSubscribers
from tests.eventlog.loops import StoppableLoop

TOPIC = "chat:lobby"


class Client:
    """A connection, with the packets that it is sent; each is its own target and registry."""

    def __init__(self, namespace: CourseNamespace) -> None:
        self.namespace = namespace
        self.texts: list[str] = []
        self.target = self.peer = self
        self.registry = SimpleNamespace(flusher=self)

    @property
    def broadcaster(self) -> CourseNamespace:
        return self.namespace

    def broadcast(self, message: Any, targets: set[Any], *, join: bool) -> None:
        """Pass a message to all targets, as the flusher does."""
        for target in targets:
            target.push(message)

    def push(self, message: Any) -> None:
        """Receive packets; what they are over WebSocket is the same."""
        assert sum(2 + 2 * (len(t.encode()) > 125) + len(t.encode()) for t in message.texts) == len(
            message.data
        )
        self.texts += message.texts


class World:
    """A room, and how often something was encoded in it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.encoded = 0
        self.room = CourseRoom("lobby", StoppableLoop())
        CourseNamespace(self.room)
        self._live = LiveSubscribers()
        encode = module.encode_events

        def count(*args: Any, **options: Any) -> Any:
            self.encoded += 1
            return encode(*args, **options)

        monkeypatch.setattr(module, "encode_events", count)

    def connect(self, dialect: Dialect) -> Client:
        """Connect a client that speaks a dialect."""
        namespaces = self.room.namespaces
        client = Client(namespaces.get(dialect) or CourseNamespace(self.room, dialect))
        self._live.add(Subscriber(client, {TOPIC: 0}, 0), TOPIC)  # type: ignore[arg-type]
        return client

    def publish(self, *texts: str) -> None:
        """Publish new messages of other nodes in one commit."""
        self._live.publish([new(text) for text in texts])

    def post(self, *posts: tuple[Client, Any]) -> None:
        """Publish what clients of this node have sent, in one commit."""
        with ExitStack() as stack:
            for client, payload in posts:
                text: Any = text_of(payload)
                change = PostMessage("lobby", text, "mos", False, "s", None, None, payload)
                waiting = self.room.own_posts.waiting(client, change)  # type: ignore[arg-type]
                stack.enter_context(waiting)
            self._live.publish([new(text_of(p), p, rev) for rev, (_, p) in enumerate(posts, 1)])


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def text_of(payload: Any) -> str:
    return payload if isinstance(payload, str) else payload["text"]


def new(text: str, payload: Any = None, rev: int = 1) -> Entry:
    """Return a new message as an entry."""
    body = {"room": "lobby", "id": rev, "rev": rev, "nick": "mos", "verified": False, "text": text}
    body |= {"time": "T", "edited": None, "deleted": False}
    body |= {} if payload is None else {"payload": payload}
    return entry(body, rev).as_seen_from(0)


def test_once_for_each_form(world: World) -> None:
    every = (*DIALECTS, EXAMPLE, UNDECIDED)
    clients = [world.connect(dialect) for dialect in every for _ in range(20)]
    world.publish("one", "två" * 100, "three")
    # `UNDECIDED` has the form of objects.
    assert world.encoded == len(DIALECTS) + 1
    assert all(len(client.texts) == 3 for client in clients)
    lines = world.connect(DIALECTS[0]), world.connect(DIALECTS[3])
    world.publish("four")
    assert [client.texts for client in lines] == [
        ['42["chat message","mos: four"]'],
        ['42["message","mos: four"]'],
    ]


def test_nothing_for_forms_that_nobody_speaks(world: World) -> None:
    world.connect(DIALECTS[0])
    CourseNamespace(world.room, EXAMPLE)
    world.publish("one")
    assert world.encoded == 1


def test_authors_receive_their_own_as_it_was(world: World) -> None:
    text, whole, example = (world.connect(d) for d in (DIALECTS[0], DIALECTS[1], EXAMPLE))
    other = world.connect(DIALECTS[0])
    world.post((text, "a" * 200), (whole, {"text": "b", "time": 0}), (text, "c"), (example, "d"))
    # Three forms, and each message of an author who is sent it back.
    assert world.encoded == 3 + 3
    long = "a" * 200
    assert text.texts == [
        f'42["chat message","{long}"]',
        '42["chat message","mos: b"]',
        '42["chat message","c"]',
        '42["chat message","mos: d"]',
    ]
    assert other.texts == [f'42["chat message","mos: {t}"]' for t in (long, "b", "c", "d")]
    assert whole.texts[1] == '42["chat message",{"text":"b","time":0}]'
    assert example.texts == [
        f'42["new message",{{"username":"mos","message":"{t}"}}]' for t in (long, "b", "c")
    ]


def test_an_author_alone_costs_one_encoding(world: World) -> None:
    client = world.connect(DIALECTS[0])
    world.post((client, "hej"))
    assert (world.encoded, client.texts) == (1, ['42["chat message","hej"]'])


@pytest.mark.parametrize("payload", ["hej", {"text": "hej"}, '{"text":"hej"}'])
def test_who_has_not_spoken_is_taken_for_one_of_the_others(world: World, payload: Any) -> None:
    silent, other = world.connect(UNDECIDED), world.connect(spoken("message", payload, UNDECIDED))
    world.publish("before")
    assert '{"name":"mos","user":"mos"' in silent.texts.pop()
    world.post((other, payload))
    world.publish("then")
    alike = world.connect(spoken("chat message", payload, UNDECIDED))
    world.publish("now")
    assert silent.texts.pop() == alike.texts.pop()
    world.post((other, {"text": "hej"}), (other, "hej"))
    world.publish("at last")
    assert '{"name":"mos","user":"mos"' in silent.texts.pop()


def test_the_dialect_is_that_of_what_was_sent() -> None:
    assert spoken("new message", "hej", EXAMPLE) is EXAMPLE
    assert spoken("new message", "hej", UNDECIDED) is not EXAMPLE
    assert spoken("chat message", "hej", EXAMPLE) is DIALECTS[0]
    assert agreed([]) is agreed(["text", "object"]) is UNDECIDED
