"""Whether this process can serve requests."""

from __future__ import annotations

from typing import Any

from me_api.cluster import cluster
from me_api.errors import Draining, ForeignDatabase, StorageUnavailable
from me_api.eventlog import log, position
from me_api.extensions import app_extension, db
from me_api.storage.migrations import is_compatible


class ReadinessState:
    """What `/readyz` has to know of the process itself."""

    draining = False
    """Whether the server is stopping."""


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
