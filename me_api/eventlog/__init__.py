"""The event log: one position, one writer, one tail. It knows no feature.

A writer calls `log.commit(change)`, which returns when the change is on disk and has been published
to all subscribers. A reader subscribes to topics, or reads their changes, from any position.
"""

from __future__ import annotations

from me_api.eventlog.change import BatchDraft, BatchedChange, Change, Transaction, timestamp
from me_api.eventlog.entry import Batch, Entry, Feed, Page, feed_of
from me_api.eventlog.eventlog import EventLog
from me_api.eventlog.optimistic import Numbers, OptimisticChange
from me_api.eventlog.subscriber import ONE_BY_ONE, Broadcaster, Subscriber
from me_api.extensions import app_extension

__all__ = [
    "ONE_BY_ONE",
    "Batch",
    "BatchDraft",
    "BatchedChange",
    "Broadcaster",
    "Change",
    "Entry",
    "EventLog",
    "Feed",
    "Numbers",
    "OptimisticChange",
    "Page",
    "Subscriber",
]
__all__ += ["Transaction", "feed_of", "log", "timestamp"]

log: EventLog = app_extension("log")
