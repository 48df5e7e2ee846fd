"""The Python client, python-socketio's own, with the interface of the Node client."""

import gc
import threading
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import socketio

from tests.support.events import EventLog
from tests.support.wait import POLL_SECONDS, WAIT_SECONDS, wait_until


class PythonClient(EventLog):
    """One socketio.Client connected to one namespace.

    It calls `on_connect` with itself after each connect, in a thread.
    """

    def __init__(
        self,
        url: str,
        namespace: str = "/chat",
        auth: dict[str, Any] | None = None,
        *,
        transports: tuple[str, ...] = ("websocket",),
        reconnection: bool = True,
        headers: dict[str, str] | None = None,
        on_connect: Callable[["PythonClient"], None] | None = None,
    ) -> None:
        super().__init__("python client")
        self.namespace = namespace
        self._reconnects = reconnection
        self._on_connect = on_connect
        self._threads: list[threading.Thread] = []
        self.client = socketio.Client(
            reconnection=reconnection,
            reconnection_delay=0.02,
            reconnection_delay_max=0.1,
            randomization_factor=0,
            handle_sigint=False,
            request_timeout=WAIT_SECONDS,
        )
        self._start_thread = self.client.eio.start_background_task
        self.client.eio.start_background_task = self._record_thread
        self._listen()
        try:
            self.client.connect(
                url,
                headers=headers or {},
                auth=auth or {},
                namespaces=[namespace],
                transports=list(transports),
                wait_timeout=WAIT_SECONDS,
            )
        except BaseException:
            self.close()
            raise

    def _listen(self) -> None:
        for name in ("connect", "disconnect", "connect_error"):
            self.client.on(name, partial(self._take, name), namespace=self.namespace)
        self.client.on("*", self._take, namespace=self.namespace)

    def _take(self, name: str, *args: Any) -> None:
        self.record(name, list(args))
        if name == "connect" and self._on_connect is not None:
            self._on_connect(self)

    def call(self, event: str, data: Any = None, timeout: float = WAIT_SECONDS) -> Any:
        """Send an event and return its ack."""
        try:
            return self.client.call(event, data, namespace=self.namespace, timeout=timeout)
        except socketio.exceptions.TimeoutError as error:
            error.add_note(self.missing(f"ack of {event!r}", timeout))
            raise

    def emit(
        self, event: str, data: Any = None, callback: Callable[..., None] | None = None
    ) -> None:
        """Send an event, with an ack only if a function is given for it."""
        self.client.emit(event, data, namespace=self.namespace, callback=callback)

    def close(self) -> None:
        """Disconnect and wait until every thread of the client has ended."""
        # Also while it reconnects, which `disconnect` does not end.
        self.client.shutdown()
        for thread in self._threads:
            wait_until(lambda thread=thread: self._has_ended(thread))  # type: ignore[misc]
        if self._reconnects:
            _collect_leaks()

    def _record_thread(self, *args: Any, **kwargs: Any) -> threading.Thread:
        thread: threading.Thread = self._start_thread(*args, **kwargs)
        self._threads.append(thread)
        return thread

    def _has_ended(self, thread: threading.Thread) -> bool:
        # A client that has been disconnected may take the end of its queue for that of a batch,
        # and wait 30 s for another packet; so may those that it was before it reconnected.
        self.client.eio.queue.put(None)
        if self.client.connected:
            # A reconnect was under way, and has succeeded since.
            self.client.disconnect()
        thread.join(POLL_SECONDS)
        return not thread.is_alive()

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
