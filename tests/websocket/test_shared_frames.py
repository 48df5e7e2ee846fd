"""What many native clients get is framed once for all who speak the same."""

from typing import Any

import pytest

from me_api.chat.feed import entry
from me_api.chat.serializer import to_dict
from me_api.chat.websocket.codecs import JSON, TEXT
from me_api.eventlog import Batch
from me_api.transport.connection.flusher import Flusher


def batch(*texts: str) -> Batch:
    """Make changes."""
    time = "2026-11-20T09:00:00.000Z"
    bodies = [
        to_dict("lobby", n, n, "mos", False, text, time, None, None, None)
        for n, text in enumerate(texts, start=1)
    ]
    return Batch([entry(body) for body in bodies])


class Shared:
    """What all sockets share."""

    def __init__(self) -> None:
        self.flusher = Flusher()


class Socket:
    """A socket of it."""

    def __init__(self, registry: Shared) -> None:
        self.registry = registry


@pytest.mark.parametrize("way", [JSON, TEXT])
def test_a_batch_is_written_once_for_a_thousand_members(
    way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write = type(way).write_message
    monkeypatch.setattr(
        type(way),
        "write_message",
        lambda self, body: written.append(body["text"]) or write(self, body),
    )
    registry, changes = Shared(), batch("ett", "två")
    monkeypatch.setattr(registry.flusher, "_schedule", lambda: None)
    members = {Socket(registry) for _ in range(1000)}
    way.broadcast(changes, members)
    way.broadcast(changes, set(members))
    assert written == ["ett", "två"]
    first, second = registry.flusher.broadcasts
    assert first.message is second.message
    assert first.pending == members


def test_each_way_has_frames_of_its_own() -> None:
    changes = batch("hej")
    assert TEXT.encode_batch(changes).data == b"\x81\x08mos: hej"
    assert b'"data":"hej"' in JSON.encode_batch(changes).data
    assert JSON.encode_batch(changes) is JSON.encode_batch(changes)
