"""Events for many native clients are framed once per subprotocol."""

from typing import Any

import pytest

from me_api.chat.feed import entry
from me_api.chat.serializer import to_dict
from me_api.chat.websocket.codecs import JSON, TEXT
from me_api.eventlog import Batch
from me_api.transport.connection.flusher import Flusher


def batch(*texts: str) -> Batch:
    """Return a batch of messages with these texts."""
    time = "2026-11-20T09:00:00.000Z"
    bodies = [
        to_dict("lobby", n, n, "mos", False, text, time, None, None, None)
        for n, text in enumerate(texts, start=1)
    ]
    return Batch([entry(body) for body in bodies])


class FakeRegistry:
    """The part of a registry that a broadcast uses."""

    def __init__(self) -> None:
        self.flusher = Flusher()


class FakeWebSocket:
    """The part of a WebSocket that a broadcast uses."""

    def __init__(self, registry: FakeRegistry) -> None:
        self.registry = registry


@pytest.mark.parametrize("codec", [JSON, TEXT])
def test_a_batch_is_encoded_once_for_a_thousand_clients(
    codec: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write = type(codec).write_message
    monkeypatch.setattr(
        type(codec),
        "write_message",
        lambda self, body: written.append(body["text"]) or write(self, body),
    )
    registry, changes = FakeRegistry(), batch("ett", "två")
    monkeypatch.setattr(registry.flusher, "_schedule", lambda: None)
    clients = {FakeWebSocket(registry) for _ in range(1000)}
    codec.broadcast(changes, clients)
    # To others: to the same ones it would be joined with the first.
    codec.broadcast(changes, {FakeWebSocket(registry)})
    assert written == ["ett", "två"]
    first, second = registry.flusher.broadcasts
    assert first.message is second.message
    assert first.pending == clients


def test_each_subprotocol_has_frames_of_its_own() -> None:
    changes = batch("hej")
    assert TEXT.encode_batch(changes).data == b"\x81\x08mos: hej"
    assert b'"data":"hej"' in JSON.encode_batch(changes).data
    assert JSON.encode_batch(changes) is JSON.encode_batch(changes)
