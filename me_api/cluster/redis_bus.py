"""Messages between nodes through Redis: at most once, and in no order between two senders.

Everything that is sent here can be had otherwise. The client's sockets are those of the event loop,
on which greenlets wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

from redis.connection import ConnectionInterface
from redis.exceptions import RedisError

from me_api.cluster.authentication import MessageAuthenticator
from me_api.cluster.bus import Handler, ignore_loss
from me_api.cluster.redis_health import HEARTBEAT_SECONDS, TIMEOUT_SECONDS, RedisHealth
from me_api.cluster.redis_sender import (
    SEND_SECONDS,
    Publication,
    RedisSender,
    make_connection,
)
from me_api.concurrency import Loop

logger = logging.getLogger(__name__)

MAX_BYTES = 262_144
"""The most bytes of one message; Redis closes connections of slow readers at 32 MB."""
RETRY_SECONDS = 0.5
"""Seconds until a connection that was lost is opened again."""


class RedisBus:
    """Implements `Bus` with two connections, one of which receives.

    The epoch of the log is in the channels' names: what nodes of another log send, or of another
    time of it, is not received.
    """

    def __init__(self, loop: Loop, url: str, process: str, secret: str) -> None:
        self._loop = loop
        self._listener = make_connection(url, process, TIMEOUT_SECONDS)
        self._sender = RedisSender(loop, make_connection(url, process, SEND_SECONDS), self._report)
        self._authenticator = MessageAuthenticator(secret, process)
        self._heartbeat_name = f"beat:{process}"
        self._health = RedisHealth()
        self._was_up = False
        self._is_reported = False
        self._is_closed = False
        self._handlers: dict[str, Handler] = {}
        self.lost_handlers: list[Callable[[], None]] = []
        """Called when Redis cannot be relied on any longer."""

    @property
    def is_up(self) -> bool:
        """Whether what is sent arrives, at least at this node."""
        return self._health.is_up(monotonic())

    @property
    def is_connected(self) -> bool:
        """Whether anything can be sent now."""
        return self._sender.is_connected

    def subscribe(self, name: str, handler: Handler) -> None:
        """Call a handler with all messages of other nodes in a channel; before `start`."""
        self._handlers[name] = handler

    def start(self, epoch: Callable[[], str]) -> None:
        """Connect in the background, and again whenever a connection is lost."""
        self._epoch = epoch
        self._loop.spawn(self._listen)
        self._send_heartbeat()

    def close(self) -> None:
        """Connect no more. The connections end with the process."""
        self._is_closed = True

    def publish(self, name: str, body: bytes, lost: Callable[[], None] = ignore_loss) -> bool:
        """Send to all other nodes; return False if that is not possible now. Never waits.

        `lost` is called if it turns out that it may not have been sent.
        """
        if len(body) > MAX_BYTES:
            return False
        channel = self._channel(self._epoch(), name)
        return self._sender.offer(
            Publication(channel, self._authenticator.sign(channel, body), lost)
        )

    def _listen(self) -> None:
        """Receive messages until the connection is lost, then begin again after a while."""
        try:
            self._receive(self._listener, self._epoch())
        except RedisError as error:
            self._report(error)
        finally:
            self._listener.disconnect()
            self._health.lost()
            self._look()
            if not self._is_closed:
                self._loop.call_later(RETRY_SECONDS, self._listen)

    def _receive(self, connection: ConnectionInterface, epoch: str) -> None:
        own = self._heartbeat_name
        names = {self._channel(epoch, n).encode(): n for n in (*self._handlers, own)}
        connection.connect()
        connection.send_command("SUBSCRIBE", *names)
        self._health.connected(monotonic())
        while epoch == self._epoch() and not self._health.has_timed_out(monotonic()):
            # Fails after as many seconds as the heartbeats of this node may be missing.
            kind, channel, payload = connection.read_response()
            if kind != b"message":
                continue
            name = names[channel]
            if name == own:
                self._health.received_heartbeat(monotonic())
                self._look()
            elif received := self._authenticator.verify(channel.decode(), payload):
                self._handlers[name](epoch, received.process, received.body)

    def _send_heartbeat(self) -> None:
        try:
            self._look()
            # Only this opens the connection that sends: nothing else waits for one.
            self._sender.put(Publication(self._channel(self._epoch(), self._heartbeat_name), b""))
        finally:
            if not self._is_closed:
                self._loop.call_later(HEARTBEAT_SECONDS, self._send_heartbeat)

    def _look(self) -> None:
        """Notice whether Redis has become reliable, or is so no longer."""
        was_up, self._was_up = self._was_up, self.is_up
        if self._was_up:
            self._is_reported = False
        elif was_up:
            self._report("what this node sends to itself does not arrive")
            for lost in self.lost_handlers:
                lost()

    def _report(self, reason: object) -> None:
        if not (self._is_reported or self._is_closed):
            self._is_reported = True
            logger.warning("Redis is not used: %s", reason)

    @staticmethod
    def _channel(epoch: str, name: str) -> str:
        return f"me-api:{epoch}:{name}"
