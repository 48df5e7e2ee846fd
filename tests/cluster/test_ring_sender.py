"""Rings through Redis: the first at once, later ones together; without entries if too large."""

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from orjson import loads

from me_api.cluster import ring_sender
from me_api.cluster.ring_sender import CHANNEL, PAUSE_SECONDS, RingSender
from me_api.cluster.rings import Ring


class Sending:
    """A sender whose clock and timers the test moves; `sent` is what Redis has taken."""

    def __init__(self, largest: int) -> None:
        self.now = 1000.0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.sent: list[list[Any]] = []
        self._largest = largest
        self.epoch = "e1"
        self.bus = Mock(is_connected=True, publish=self._publish)
        loop = Mock(call_later=self._call_later)
        self.sender = RingSender(loop, self.bus, lambda: self.epoch)

    def commit(self, before: int, head: int) -> None:
        """Send the ring of a commit."""
        entries = [f"entry {rev}" for rev in range(before, head)]
        self.sender.send(Ring(before, head, 0, 0, "", entries, self.epoch))

    def wait(self) -> None:
        """Run the next timer, at its time."""
        ((seconds, function),) = self.timers
        self.timers.clear()
        self.now += seconds
        function()

    def _call_later(self, seconds: float, function: Callable[[], None]) -> None:
        self.timers.append((seconds, function))

    def _publish(self, channel: str, body: bytes) -> bool:
        assert channel == CHANNEL
        if len(body) > self._largest:
            return False
        self.sent.append(loads(body)[1:])
        return True


@pytest.fixture
def sending(monkeypatch: pytest.MonkeyPatch) -> Sending:
    made = Sending(100)
    monkeypatch.setattr(ring_sender, "monotonic", lambda: made.now)
    return made


def test_the_first_after_quiet_is_sent_at_once_and_later_ones_together(sending: Sending) -> None:
    sending.commit(0, 1)
    assert sending.sent == [[0, 1, 0, 0, ["entry 0"]]]
    for before in (1, 2):
        sending.commit(before, before + 1)
    assert len(sending.sent) == 1
    sending.wait()
    assert sending.sent[1:] == [[1, 3, 0, 0, ["entry 1", "entry 2"]]]
    assert sending.timers == []
    sending.now += PAUSE_SECONDS
    sending.commit(3, 4)
    assert sending.sent[2:] == [[3, 4, 0, 0, ["entry 3"]]]


def test_between_two_of_them_another_node_has_committed(sending: Sending) -> None:
    sending.commit(0, 1)
    sending.commit(1, 2)
    sending.commit(5, 6)
    sending.wait()
    assert [ring[:2] for ring in sending.sent] == [[0, 1], [1, 2], [5, 6]]


def test_what_is_too_large_together_is_sent_apart_and_else_without_entries(
    sending: Sending,
) -> None:
    sending.commit(0, 12)
    assert sending.sent == [[0, 12, 0, 0, None]]
    sending.commit(12, 17)
    sending.commit(17, 22)
    sending.wait()
    assert [ring[:2] for ring in sending.sent[1:]] == [[12, 17], [17, 22]]
    assert all(ring[4] for ring in sending.sent[1:])


def test_without_a_connection_nothing_is_kept(sending: Sending) -> None:
    sending.bus.is_connected = False
    sending.commit(0, 1)
    sending.bus.is_connected = True
    sending.commit(1, 2)
    sending.wait()
    assert [ring[:2] for ring in sending.sent] == [[1, 2]]


def test_what_was_committed_in_an_epoch_that_has_ended_is_not_sent(sending: Sending) -> None:
    sending.commit(0, 1)
    sending.commit(1, 2)
    sending.epoch = "e2"
    sending.commit(1, 3)
    sending.wait()
    assert sending.sent == [[0, 1, 0, 0, ["entry 0"]], [1, 3, 0, 0, ["entry 1", "entry 2"]]]
