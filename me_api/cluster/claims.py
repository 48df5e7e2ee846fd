"""Names that one node holds for one owner: claimed in the table `nicks`, many at a time."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from orjson import dumps

from me_api.cluster.connection_thread import PgConnection
from me_api.cluster.native_connection import NativeConnection
from me_api.concurrency import Future, Loop
from me_api.errors import StorageUnavailable

_CLAIM = "SELECT * FROM me_api_claim_1(%s::jsonb, %s)"
_HELD = """
SELECT true FROM nicks JOIN nodes ON nodes.name = nicks.node
WHERE folded = %s AND sender <> %s AND node <> %s AND until > clock_timestamp() LIMIT 1
"""
_RELEASE = "DELETE FROM nicks WHERE node = %s AND folded = ANY(%s)"


class NameRequest(NamedTuple):
    """A claim, or with no owner a release."""

    name: str
    owner: str | None
    future: Future | None


class NameClaims:
    """The names that this node holds. While some are being claimed, others gather."""

    def __init__(self, loop: Loop, connection: NativeConnection, node: str) -> None:
        self._loop, self._connection, self._node = loop, connection, node
        self._requests: list[NameRequest] = []
        self._is_busy = False

    def claim(self, name: str, owner: str) -> bool:
        """Hold a name; return False if another node holds it for another owner.

        Raises `StorageUnavailable`.
        """
        future = self._loop.future()
        self._add(NameRequest(name, owner, future))
        granted: bool = future.wait()
        return granted

    def release(self, name: str) -> None:
        """Hold a name no longer. Never waits."""
        self._add(NameRequest(name, None, None))

    def is_held(self, name: str, owner: str) -> bool:
        """Return whether another living node holds a name for another owner.

        Raises `StorageUnavailable`.
        """
        values = (name, owner, self._node)
        return self._connection.call(
            lambda connection: connection.execute(_HELD, values).fetchone() is not None
        )

    def _add(self, request: NameRequest) -> None:
        self._requests.append(request)
        if not self._is_busy:
            self._is_busy = True
            self._loop.spawn(self._work)

    def _work(self) -> None:
        try:
            while self._requests:
                batch, self._requests = self._requests, []
                self._settle(batch)
        finally:
            self._is_busy = False

    def _settle(self, batch: list[NameRequest]) -> None:
        futures: dict[str, list[Future]] = defaultdict(list)
        owners: dict[str, str | None] = {}
        for name, owner, future in batch:
            # The last request for a name counts: this process knows that they do not conflict.
            owners[name] = owner
            if future is not None:
                futures[name].append(future)
        try:
            refused = self._connection.call(lambda connection: self._write(connection, owners))
        except StorageUnavailable as error:
            for future in (future for name in futures for future in futures[name]):
                future.set_exception(error)
        else:
            for name, waiting in futures.items():
                for future in waiting:
                    future.set_result(name not in refused)
        self._loop.wake(future for _, _, future in batch if future is not None)

    def _write(self, connection: PgConnection, owners: dict[str, str | None]) -> set[str]:
        """Claim and release names; return those that are refused. In the thread."""
        released = [name for name, owner in owners.items() if owner is None]
        if released:
            connection.execute(_RELEASE, (self._node, released))
        claimed = [(name, owner) for name, owner in owners.items() if owner is not None]
        if not claimed:
            return set()
        rows = connection.execute(_CLAIM, (dumps(claimed).decode(), self._node))
        return {name for (name,) in rows}
