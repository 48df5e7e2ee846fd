"""Streams of guests while the database cannot say which rooms are open to them."""

from unittest.mock import Mock

from flask import Flask
from sqlalchemy.exc import OperationalError

from me_api.eventlog import Batch, Entry
from me_api.realtime.sse_subscriber import LimitedSseChannel, SseSource


def test_nothing_is_sent_to_guests_if_open_rooms_are_unknown(app: Flask) -> None:
    """Those streams are closed, so that their clients reconnect; others receive the change."""
    failing = Mock(side_effect=OperationalError("SELECT", {}, Exception("disk")))
    registry = Mock()
    streams = {Mock(registry=registry), Mock(registry=registry)}
    sources = {"chat": SseSource("message", failing), "reports": SseSource("report")}
    channel = LimitedSseChannel(app, sources)
    channel.broadcast(Batch([Entry(1, "reports", 1, {"rev": 1})]), streams)
    registry.flusher.broadcast.assert_called_once()
    assert not any(stream.close.called for stream in streams)
    channel.broadcast(Batch([Entry(2, "chat:lobby", 1, {"rev": 2})]), streams)
    registry.flusher.broadcast.assert_called_once()
    assert all(stream.close.called for stream in streams)
