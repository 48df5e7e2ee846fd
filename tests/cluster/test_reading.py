"""Reading what other nodes have committed, also while the database fails; in this process."""

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest

from me_api.cluster import doorbell as doorbells
from me_api.cluster import rings
from me_api.cluster.catch_up_first import CatchUpFirst
from me_api.cluster.doorbell import CHANNEL, REDIS_CHANNEL, Doorbell
from me_api.cluster.native_connection import NativeConnection
from me_api.cluster.node_name import LENGTH, default_name
from me_api.cluster.rings import Ring
from me_api.cluster.soft_channel import MAX_PENDING, MAX_SEEN, SoftChannel
from me_api.cluster.soft_payloads import VERSION, encode, parse_messages

FAILURE = psycopg.OperationalError("the server is gone")
BUG = ValueError("a bug")


class ManualLoop:
    """A loop whose functions run when the test says so."""

    def __init__(self) -> None:
        self.spawned: list[Callable[[], Any]] = []
        self.later: list[tuple[float, Callable[[], Any]]] = []

    def spawn(self, function: Callable[..., Any], *args: Any) -> None:
        self.spawned.append(lambda: function(*args))

    def call_later(self, seconds: float, function: Callable[..., Any], *args: Any) -> None:
        self.later.append((seconds, lambda: function(*args)))

    def run(self) -> None:
        """Run what was spawned, and what is spawned by that."""
        while self.spawned:
            self.spawned.pop(0)()


class FakeLog:
    """A log that reads up to `head`, or raises the next of its `errors`."""

    epoch = "epoch"

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.delivered = self.head = 0
        self.is_current = False
        self.reads = 0
        self.noted: list[Ring] = []

    def catch_up(self) -> None:
        self.reads += 1
        if self.errors:
            raise self.errors.pop(0)
        self.delivered = self.head

    def note(self, ring: Ring) -> None:
        self.noted.append(ring)

    def on_commit(self, handler: object) -> None: ...


@pytest.fixture
def loop() -> ManualLoop:
    return ManualLoop()


class Passing:
    """What other nodes have sent, numbered; `passed` is what was passed on."""

    def __init__(self, loop: ManualLoop, *errors: Exception) -> None:
        self.log = FakeLog(*errors)
        self.first = CatchUpFirst(loop)  # type: ignore[arg-type]
        self.first.start(self.log)  # type: ignore[arg-type]
        self.passed: list[int] = []

    def send(self, *numbers: int) -> None:
        for number in numbers:
            self.first.run(lambda number=number: self.passed.append(number))


def test_what_was_sent_is_passed_on_in_order_once_the_log_is_read(loop: ManualLoop) -> None:
    passing = Passing(loop)
    passing.send(1, 2)
    passing.first.run(lambda: passing.send(4))
    passing.send(3)
    assert passing.passed == []
    passing.log.is_current = True
    passing.send(5)
    loop.run()
    assert passing.passed == [1, 2, 3, 5, 4] and passing.log.reads == 1
    passing.send(6)
    assert passing.passed[-1] == 6, "at once: the log is read"


def test_what_was_sent_is_lost_where_the_log_cannot_be_read(
    loop: ManualLoop, caplog: pytest.LogCaptureFixture
) -> None:
    passing = Passing(loop, FAILURE, FAILURE)
    for _ in range(2):
        passing.send(1, 2)
        loop.run()
    assert passing.passed == []
    assert caplog.text.count("what other nodes have sent is lost: the server is gone") == 1
    passing.send(3)
    loop.run()
    assert passing.passed == [3]


def test_a_bug_while_the_log_is_read_is_raised_and_holds_up_nothing(loop: ManualLoop) -> None:
    passing = Passing(loop, BUG)
    passing.send(1)
    with pytest.raises(ValueError, match="a bug"):
        loop.run()
    passing.send(2)
    loop.run()
    assert passing.passed == [2]


def test_a_bug_in_what_is_passed_on_stops_nothing_else(
    loop: ManualLoop, caplog: pytest.LogCaptureFixture
) -> None:
    passing = Passing(loop)
    passing.send(1)
    passing.first.run(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    passing.send(2)
    loop.run()
    assert passing.passed == [1, 2]
    assert "was not passed on" in caplog.text and "ZeroDivisionError" in caplog.text


# The doorbell


class Bell:
    """A doorbell of node a whose connection is open; node b rings."""

    def __init__(self, loop: ManualLoop, *errors: Exception) -> None:
        self.loop, self.log = loop, FakeLog(*errors)
        self.doorbell = Doorbell(loop, Mock(), "a")  # type: ignore[arg-type]
        self.doorbell.connection = Mock(is_open=True)
        self.doorbell.start(self.log)  # type: ignore[arg-type]

    def ring(self, head: int) -> None:
        """Announce a commit of node b, and do what follows."""
        self.log.head = head
        ring = Ring(head - 1, head, 0, 0, "b")
        self.doorbell._notified(CHANNEL, ring.encode())
        self.loop.run()


def test_a_ring_for_which_nothing_can_be_read_is_left_to_the_next(
    loop: ManualLoop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bell = Bell(loop, FAILURE, FAILURE)
    for head in (1, 2):
        bell.ring(head)
    assert (bell.log.delivered, bell.log.reads) == (0, 2)
    assert caplog.text.count("the log cannot be read for a ring: the server is gone") == 1
    monkeypatch.setattr(doorbells, "monotonic", lambda: 1e9)  # Reads are some time apart.
    bell.ring(3)
    assert bell.log.delivered == 3


def test_a_bug_while_it_reads_leaves_the_doorbell_working(
    loop: ManualLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell = Bell(loop, BUG)
    with pytest.raises(ValueError, match="a bug"):
        bell.ring(1)
    monkeypatch.setattr(doorbells, "monotonic", lambda: 1e9)
    bell.ring(2)
    assert bell.log.delivered == 2


def test_what_is_no_ring_of_this_version_or_epoch_is_ignored(
    loop: ManualLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell = Bell(loop)
    ring = Ring(0, 1, 0, 0, "b", ("entry",))
    bell.doorbell._notified(CHANNEL, "no ring")
    bell.doorbell._carried("another", "b", ring.encode_with_entries())
    with monkeypatch.context() as later:
        later.setattr(rings, "VERSION", rings.VERSION + 1)
        announced, carried = ring.encode(), ring.encode_with_entries()
    bell.doorbell._notified(CHANNEL, announced)
    bell.doorbell._carried("epoch", "b", carried)
    assert bell.log.noted == [] and loop.spawned == []
    bell.doorbell._carried("epoch", "b", ring.encode_with_entries())
    assert [noted.process for noted in bell.log.noted] == ["b"]


def test_a_commit_that_redis_does_not_take_is_sent_without_its_entries(loop: ManualLoop) -> None:
    bus = Mock(is_connected=True, publish=Mock(side_effect=[False, True]))
    doorbell = Doorbell(loop, Mock(), "a", bus)  # type: ignore[arg-type]
    ring = Ring(0, 1, 0, 0, "a", ("entry",))
    doorbell._announce(ring)
    bodies = [call.args for call in bus.publish.call_args_list]
    assert [channel for channel, _ in bodies] == [REDIS_CHANNEL] * 2
    assert [b"entry" in body for _, body in bodies] == [True, False]


# Messages that are not of the log


@pytest.fixture
def channel(loop: ManualLoop) -> SoftChannel:
    made = SoftChannel(loop, Mock(), "a/1")  # type: ignore[arg-type]
    made.connection = Mock()
    return made


def received_from(channel: SoftChannel) -> list[int]:
    """Return the numbers of the messages that another node receives."""
    received: list[int] = []
    other = SoftChannel(ManualLoop(), Mock(), "b/1")  # type: ignore[arg-type]
    other.subscribe("a", lambda soft: received.append(soft.body["n"]))
    connection = Mock()
    for posted in channel.connection.post.call_args_list:  # type: ignore[attr-defined]
        posted.args[0](connection)
    for executed in connection.execute.call_args_list:
        for payload in executed.args[1][0]:
            other.receive(payload)
    return received


def test_beyond_the_bound_droppable_messages_are_lost_first_then_the_oldest(
    channel: SoftChannel,
) -> None:
    for number in range(3):
        channel.send("a", {"n": number}, droppable=True)
    for number in range(3, MAX_PENDING + 4):
        channel.send("a", {"n": number})
    channel.flush()
    assert received_from(channel) == list(range(4, MAX_PENDING + 4))


def test_a_message_in_several_pieces_is_handled_once_it_is_complete(channel: SoftChannel) -> None:
    received: list[Any] = []
    channel.subscribe("a", lambda soft: received.append(soft.body["text"]))
    text = "å" * 20_000
    *parts, last = encode((VERSION, "b"), f'[["a", {{"text": "{text}"}}]]')
    assert parts
    for part in parts:
        channel.receive(part)
    assert received == []
    channel.receive(last)
    assert received == [text]


def test_pieces_of_which_one_is_missing_are_ignored_with_a_warning(
    channel: SoftChannel, caplog: pytest.LogCaptureFixture
) -> None:
    received: list[Any] = []
    channel.subscribe("a", received.append)
    channel.receive(encode((VERSION, "b"), f'[["a", {{"text": "{"x" * 20_000}"}}]]')[-1])
    assert received == [] and "was incomplete" in caplog.text
    assert parse_messages("[") == []


def test_what_was_received_is_remembered_for_a_while(channel: SoftChannel) -> None:
    for number in range(MAX_SEEN + 1):
        channel._remember(str(number))
    assert len(channel._seen) == MAX_SEEN and "0" not in channel._seen


# Names and connections


def test_a_connection_that_was_closed_is_not_opened_again() -> None:
    connect = Mock()
    connection = NativeConnection(Mock(), connect, (), Mock(), Mock())
    connection.restart()  # It was never opened.
    connection.close()
    connection.start()
    assert connection._thread is None


def test_the_name_of_a_node_is_that_of_its_folder_and_port(tmp_path: Any) -> None:
    assert default_name(tmp_path, 1) == default_name(tmp_path, 1) != default_name(tmp_path, 2)
    assert default_name(tmp_path, 0) != default_name(tmp_path, 0)
    assert len(default_name(tmp_path, 0)) == len(default_name(tmp_path, 1)) == LENGTH
