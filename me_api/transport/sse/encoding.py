"""Server-Sent Events as bytes: section 9.2 of the HTML standard."""

from __future__ import annotations

from me_api.transport.connection.prepared_message import Droppable

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = Droppable(b":\n\n")
"""A comment: it keeps proxies from closing what is quiet."""


def encode_event(name: str, position: int, data: bytes) -> bytes:
    """Write an event; the data is one line."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (position, name.encode(), data)


def encode_start(position: int, milliseconds: int) -> bytes:
    """Begin a stream: without data nothing is dispatched, but the client remembers the id."""
    return b"id: %d\n" % position + encode_retry(milliseconds)


def encode_retry(milliseconds: int) -> bytes:
    """Tell how long to wait before coming back."""
    return b"retry: %d\n\n" % milliseconds
