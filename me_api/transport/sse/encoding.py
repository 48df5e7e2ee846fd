"""Encoding of Server-Sent Events (HTML standard, section 9.2)."""

from __future__ import annotations

from me_api.transport.connection.prepared_message import PreparedMessage

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = PreparedMessage(b":\n\n", droppable=True)
"""A comment, which keeps proxies from closing an idle stream."""


def encode_event(name: str, event_id: int, data: bytes) -> bytes:
    """Encode an event; `data` must be one line."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event_id, name.encode(), data)


def encode_notice(name: str, data: bytes) -> bytes:
    """Encode an event that is no position of the stream; `data` must be one line."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)


def encode_start(event_id: int, retry_ms: int) -> bytes:
    """Encode the beginning of a stream: an id without data, and the reconnection time."""
    # Without data no event is dispatched, but the client remembers the id.
    return b"id: %d\n" % event_id + encode_retry(retry_ms)


def encode_retry(milliseconds: int) -> bytes:
    return b"retry: %d\n\n" % milliseconds
