"""The Python client, python-socketio's own, with the interface of the Node client."""

import gc
import threading
import warnings
from functools import partial
from typing import Any

import socketio

from tests.support.events import EventLog
from tests.support.wait import WAIT_SECONDS, wait_until


class PythonClient(EventLog):
    """One socketio.Client connected to one namespace."""

    def __init__(
        self,
        url: str,
        namespace: str = "/chat",
        auth: dict[str, Any] | None = None,
        *,
        transports: tuple[str, ...] = ("websocket",),
        reconnection: bool = True,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__("python client")
        self.namespace = namespace
        self._threads = set(threading.enumerate())
        self.client = socketio.Client(
            reconnection=reconnection,
            reconnection_delay=0.02,
            reconnection_delay_max=0.1,
            randomization_factor=0,
            handle_sigint=False,
            request_timeout=WAIT_SECONDS,
        )
        self._listen()
        self.client.connect(
            url,
            headers=headers or {},
            auth=auth or {},
            namespaces=[namespace],
            transports=list(transports),
            wait_timeout=WAIT_SECONDS,
        )

    def _listen(self) -> None:
        for name in ("connect", "disconnect", "connect_error"):
            self.client.on(name, partial(self._take, name), namespace=self.namespace)
        self.client.on("*", self._take, namespace=self.namespace)

    def _take(self, name: str, *args: Any) -> None:
        self.record(name, list(args))

    def call(self, event: str, data: Any = None, timeout: float = WAIT_SECONDS) -> Any:
        """Send an event and return its ack."""
        return self.client.call(event, data, namespace=self.namespace, timeout=timeout)

    def emit(self, event: str, data: Any = None) -> None:
        """Send an event without an ack."""
        self.client.emit(event, data, namespace=self.namespace)

    def close(self) -> None:
        """Disconnect and wait until every thread of the client has ended."""
        self.client.disconnect()
        # Where the server has disconnected it, the client may take its own end of the queue for
        # that of a batch, and wait 30 s for the next packet.
        self.client.eio.queue.put(None)
        for thread in set(threading.enumerate()) - self._threads:
            if thread.name != "node-reader":
                # Those that are about to start are listed, too.
                wait_until(lambda thread=thread: thread.ident is not None)  # type: ignore[misc]
                thread.join(WAIT_SECONDS)
                assert not thread.is_alive(), thread
        _collect_leaks()

    def __enter__(self) -> "PythonClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _collect_leaks() -> None:
    """Collect here the socket that the client leaves open when a server dies before its first
    packet; else its warning would be raised in whatever test happens to run later."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
