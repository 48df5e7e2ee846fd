"""Whether this process can serve requests, and what an owner monitors of it."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite
from typing import Any

from me_api.auth.identity import Identity
from me_api.cluster import cluster
from me_api.errors import Draining, Forbidden, ForeignDatabase, StorageUnavailable
from me_api.eventlog import log, position
from me_api.eventlog.change import timestamp
from me_api.extensions import app_extension, db
from me_api.metrics import metrics
from me_api.operations.recent_log import recent_log
from me_api.storage.migrations import is_compatible


class ReadinessState:
    """What `/readyz` and `/monitor` have to know of the process itself."""

    draining = False
    """Whether the server is stopping."""

    def __init__(self) -> None:
        self.started = timestamp()


state: ReadinessState = app_extension("readiness")


def readiness() -> dict[str, Any]:
    """Return the delivered position, and in a cluster what is known of the node.

    Raises `Draining` if the server is stopping, `StorageUnavailable` if it cannot read or store.
    """
    if state.draining:
        raise Draining("The server is stopping.")
    try:
        log.monitor.check()
    except StorageUnavailable as failure:
        raise failure.by_reason() from None
    # Before the head is read: reading may wait, and meanwhile more is committed and published.
    delivered = log.delivered
    with db.engine.connect() as connection:
        if not is_compatible(connection):
            raise StorageUnavailable(
                "The database is not at this version: run flask db upgrade.", code="outdated_schema"
            )
        head, epoch = position.read(connection)
    if epoch != log.epoch or head < delivered:
        raise ForeignDatabase("The database is not the one this process began with: restart it.")
    cluster.check()
    return {"status": "ok", "rev": log.delivered, "epoch": epoch, **cluster.status()}


def server_state(identity: Identity) -> dict[str, Any]:
    """Return all metrics and the latest warnings; raise `Forbidden` unless the caller is an owner.

    Reads no database: it responds also while that fails.
    """
    if not identity.is_owner_for("monitor"):
        raise Forbidden("Only an owner may monitor the server.")
    return {
        "node": cluster.name,
        "started": state.started,
        "time": timestamp(),
        "epoch": log.epoch,
        "rev": log.delivered,
        # JSON has no number for what is infinite or unknown.
        "metrics": [
            {"name": sample.name, "labels": sample.labels, "value": sample.value}
            for family in metrics.registry.collect()
            for sample in family.samples
            if isfinite(sample.value)
        ],
        "log": [
            {**line._asdict(), "time": timestamp(datetime.fromtimestamp(line.time, UTC))}
            for line in recent_log.lines
        ],
    }
