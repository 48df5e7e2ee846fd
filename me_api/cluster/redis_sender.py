"""The connection through which a node sends to Redis, and what waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from redis import ConnectionPool
from redis.connection import ConnectionInterface
from redis.exceptions import RedisError

from me_api.cluster.bus import ignore_loss
from me_api.concurrency import Loop
from me_api.config import ConfigError

MAX_QUEUED_BYTES = 8_388_608
"""The most bytes that wait to be sent; what is sent beyond that is refused."""
CONNECT_SECONDS = 1.0
SEND_SECONDS = 1.0
"""Seconds for Redis to take what is sent."""


class Publication(NamedTuple):
    """A message for a channel, and what is called if it may not have been sent."""

    channel: str
    payload: bytes
    lost: Callable[[], None] = ignore_loss


class RedisSender:
    """Sends messages in their order; all methods are called on the loop.

    `on_failure` is called with the error when the connection was lost or cannot be opened.
    """

    def __init__(
        self,
        loop: Loop,
        connection: ConnectionInterface,
        on_failure: Callable[[RedisError], None],
    ) -> None:
        self._loop, self._connection, self._on_failure = loop, connection, on_failure
        self.is_connected = False
        self._is_sending = False
        self._queue: list[Publication] = []
        self._queued_bytes = 0

    def offer(self, message: Publication) -> bool:
        """Queue a message; return False if there is no connection, or too much is queued."""
        if not self.is_connected or self._queued_bytes + len(message.payload) > MAX_QUEUED_BYTES:
            return False
        self.put(message)
        return True

    def put(self, message: Publication) -> None:
        """Queue a message, and open the connection for it if there is none. Never waits."""
        self._queue.append(message)
        self._queued_bytes += len(message.payload)
        if not self._is_sending:
            self._is_sending = True
            self._loop.spawn(self._send)

    def _send(self) -> None:
        """Send what is queued, in one round trip for all that is, until nothing is."""
        sent: Sequence[Publication] = ()
        try:
            self._connection.connect()
            self.is_connected = True
            while self._queue:
                sent = self._take()
                commands = [("PUBLISH", m.channel, m.payload) for m in sent]
                packed = self._connection.pack_commands(commands)
                self._connection.send_packed_command(packed)
                for _ in sent:
                    self._connection.read_response()
                sent = ()
        except RedisError as error:
            self._connection.disconnect()
            self.is_connected = False
            for message in (*sent, *self._take()):
                message.lost()
            self._on_failure(error)
        finally:
            self._is_sending = False

    def _take(self) -> Sequence[Publication]:
        taken, self._queue, self._queued_bytes = self._queue, [], 0
        return taken


def make_connection(url: str, process: str, timeout: float) -> ConnectionInterface:
    """Return a connection that is not open yet; raise `ConfigError` if the URL is not valid.

    Reading and sending fail after so many seconds. A connection that was lost may be opened again.
    """
    try:
        pool = ConnectionPool.from_url(
            url,
            # With RESP 3, messages would be mixed with other responses.
            protocol=2,
            socket_timeout=timeout,
            socket_connect_timeout=CONNECT_SECONDS,
            client_name=f"me-api:{process}",
            driver_info=None,
        )
        return pool.make_connection()
    except (ValueError, TypeError) as error:
        raise ConfigError(f"ME_API_REDIS_URL: {error}.") from None
