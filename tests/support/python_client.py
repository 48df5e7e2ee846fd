"""The Python client, python-socketio's own, with the feeling of the Node client."""

import threading
from typing import Any

import socketio

from tests.support.events import EventLog


class PythonClient:
    """One socketio.Client connected to one namespace."""

    def __init__(
        self,
        url: str,
        namespace: str = "/chat",
        auth: dict[str, Any] | None = None,
        *,
        transports: tuple[str, ...] = ("websocket",),
        reconnection: bool = True,
    ) -> None:
        self.namespace = namespace
        self._log = EventLog("python client")
        self.mark = self._log.mark
        self.args_of = self._log.args_of
        self.wait_for = self._log.wait_for
        self.wait_until = self._log.wait_until
        self._threads = set(threading.enumerate())
        self.client = socketio.Client(
            reconnection=reconnection,
            reconnection_delay=0.02,
            reconnection_delay_max=0.1,
            randomization_factor=0,
            handle_sigint=False,
        )
        self._listen()
        self.client.connect(
            url, auth=auth or {}, namespaces=[namespace], transports=list(transports)
        )

    def _listen(self) -> None:
        record = self._log.record
        for name in ("connect", "disconnect", "connect_error"):
            handler = lambda *args, name=name: record(name, list(args))  # noqa: E731
            self.client.on(name, handler, namespace=self.namespace)
        everything = lambda name, *args: record(name, list(args))  # noqa: E731
        self.client.on("*", everything, namespace=self.namespace)

    @property
    def events(self) -> list[Any]:
        """Return everything received so far, in order, as (name, args)."""
        return self._log.events

    def call(self, event: str, data: Any = None, timeout: float = 10) -> Any:
        """Send an event and return its ack."""
        return self.client.call(event, data, namespace=self.namespace, timeout=timeout)

    def emit(self, event: str, data: Any = None) -> None:
        """Send an event without an ack."""
        self.client.emit(event, data, namespace=self.namespace)

    def close(self) -> None:
        """Disconnect and wait until every thread of the client has ended."""
        self.client.disconnect()
        for thread in set(threading.enumerate()) - self._threads:
            if thread.name != "node-reader":
                thread.join(10)

    def __enter__(self) -> "PythonClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
