"""What guests may read cannot be told while the database fails."""

from unittest.mock import Mock

from flask import Flask
from sqlalchemy.exc import OperationalError

from me_api.eventlog import Batch, Entry
from me_api.realtime.sse_subscriber import GuestSseChannel, SseSource


def test_where_it_cannot_be_told_what_is_closed_nothing_is_sent(app: Flask) -> None:
    """They are cut off, and so come back by themselves; the others hear it all the same."""
    failing = Mock(side_effect=OperationalError("SELECT", {}, Exception("disk")))
    engine, readers = Mock(), {Mock(), Mock()}
    channel = GuestSseChannel(
        app, engine, {"chat": SseSource("message", failing), "reports": SseSource("report")}
    )
    channel.broadcast(Batch([Entry(1, "reports", 1, {"rev": 1})]), readers)
    engine.flusher.begin.assert_called_once()
    assert not any(reader.end.called for reader in readers)
    channel.broadcast(Batch([Entry(2, "chat:lobby", 1, {"rev": 2})]), readers)
    engine.flusher.begin.assert_called_once()
    assert all(reader.end.called for reader in readers)
