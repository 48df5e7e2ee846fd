"""Adds the event log to an application, with what is measured of it."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask

from me_api.cluster import Cluster
from me_api.eventlog import EventLog, Feed
from me_api.eventlog.poll import LogPoll
from me_api.eventlog.ring_reader import RingReader
from me_api.eventlog.statistics import LogStatistics
from me_api.extensions import db
from me_api.metrics import Metrics, NodeNumbers


def init_app(app: Flask, feeds: Iterable[type[Feed]]) -> None:
    """Create the log, which consists of feeds. It is opened when it is first used."""
    cluster: Cluster = app.extensions["cluster"]
    metrics: Metrics = app.extensions["metrics"]
    with app.app_context():
        log = app.extensions["log"] = EventLog(
            app.extensions["loop"],
            db.engine,
            [feed() for feed in feeds],
            metrics.committed,
            cluster.process,
        )
    metrics.waiting.set_function(lambda: log.long_polls)
    metrics.position.set_function(lambda: log.delivered)
    _watch(metrics, log.statistics)
    if cluster.has_others:
        metrics.watch_node(lambda: _node_numbers(cluster, log))


def start(app: Flask) -> None:
    """Follow what other processes commit, and announce to other nodes what this one does."""
    loop, log = app.extensions["loop"], app.extensions["log"]
    LogPoll(loop, log).start()
    count_carried = app.extensions["metrics"].carried.inc
    app.extensions["cluster"].start(RingReader(loop, log, count_carried))


def _watch(metrics: Metrics, measured: LogStatistics) -> None:
    metrics.watch_histogram(
        "me_api_commit_seconds",
        "Time of a transaction, until it was on disk",
        measured.commit_seconds,
    )
    metrics.watch_histogram(
        "me_api_publish_seconds",
        "Time from a commit until it was queued for all live subscribers",
        measured.publish_seconds,
    )
    metrics.watch_gauge(
        "me_api_commit_queue", "Changes that wait to be on disk", lambda: measured.waiting
    )
    metrics.watch_gauge(
        "me_api_storage_failing",
        "1 if nothing could be stored the last time, 0 if it could",
        lambda: measured.failing,
    )
    metrics.watch_counter(
        "me_api_replayed_changes",
        "Changes sent to subscribers that had missed them",
        lambda: measured.replayed,
    )
    metrics.watch_counter(
        "me_api_replay_pages_read",
        "Pages of missed changes read from the database, because they were not in memory",
        lambda: measured.pages_read,
    )


def _node_numbers(cluster: Cluster, log: EventLog) -> NodeNumbers:
    counts = log.commit_counts
    return NodeNumbers(
        cluster.lease_seconds, cluster.doorbell, log.lag, counts.again, counts.in_doubt
    )
