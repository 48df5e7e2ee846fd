"""A listener on python-socketio, over long-polling; it joins its room again from its cursor."""

import queue
from contextlib import suppress
from threading import Event
from time import monotonic
from typing import Any

import engineio
import socketio

from tests.faults import checker
from tests.faults.clients import ANSWER_SECONDS, is_passing
from tests.faults.listener import Listener
from tests.faults.listeners import TURN
from tests.support.frames import Cut

CHAT = "/chat"
LIMIT = 20
"""Messages in the answer to a join; if there are more, it joins again."""


class OrderedEngine(engineio.Client):
    """Handles packets in their order; the original starts a thread for each."""

    def _trigger_event(self, event: str, *args: Any, **options: Any) -> Any:
        return super()._trigger_event(event, *args, **options | {"run_async": False})


class OrderedClient(socketio.Client):
    """The Python client, with handlers that are called in the order of the events."""

    def _engineio_client_class(self) -> type[engineio.Client]:
        return OrderedEngine


# Each connection has a client of its own. The client's own reconnecting ends for good if the
# connection is lost at the moment in which it has been opened again.


class PythonListener(Listener):
    """The Python client in one room; it has no recovery of its own, and so says `since`."""

    kind = "python-socketio, polling"

    def listen(self, stop: Event) -> None:
        arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
        client = OrderedClient(
            reconnection=False, handle_sigint=False, request_timeout=ANSWER_SECONDS
        )
        client.on("message", lambda message, _: arrived.put(message), namespace=CHAT)
        client.on("disconnect", lambda *_: arrived.put(None), namespace=CHAT)
        try:
            client.connect(
                f"http://{self.server.host}:{self.server.port}",
                namespaces=[CHAT],
                transports=["polling"],
                wait_timeout=ANSWER_SECONDS,
            )
            self.connections += 1
            if self._join(client, arrived):
                self._read(arrived, stop)
        finally:
            close(client)

    def _join(self, client: socketio.Client, arrived: "queue.SimpleQueue[Any]") -> bool:
        """Join from the cursor, page by page; return whether this has succeeded."""
        while True:
            body = {"room": self.rooms[0], "since": self.cursor, "limit": LIMIT}
            body |= {"epoch": self.epoch} if self.epoch else {}
            client.emit("join", body, namespace=CHAT, callback=arrived.put)
            answer = take(arrived, ANSWER_SECONDS)
            if "data" not in answer:
                if not is_passing(answer):
                    self.checker.report(checker.UNEXPECTED, self.name, f"{body}: {answer}")
                return False
            self._take_page(answer["data"])
            if not answer["data"]["more"]:
                return True

    def _take_page(self, page: Any) -> None:
        if not page["recovered"]:
            what = f"a join from {self.cursor} was answered with the newest page"
            self.checker.report(checker.UNEXPECTED, self.name, what)
        for message in page["messages"]:
            self.take(message)
        self.cursor, self.epoch = page["rev"], page["epoch"]

    def _read(self, arrived: "queue.SimpleQueue[Any]", stop: Event) -> None:
        silent = monotonic()
        while not stop.is_set() and monotonic() - silent < ANSWER_SECONDS:
            with suppress(TimeoutError):
                self.take(take(arrived, TURN))
                silent = monotonic()


def take(arrived: "queue.SimpleQueue[Any]", timeout: float) -> Any:
    """Return what arrives next; raise `Cut` at the end of the connection."""
    try:
        found = arrived.get(timeout=timeout)
    except queue.Empty:
        raise TimeoutError("nothing came") from None
    if found is None:
        raise Cut("disconnected")
    return found


def close(client: socketio.Client) -> None:
    """Disconnect and close the connections that the client keeps."""
    client.disconnect()
    if client.eio.http is not None:
        client.eio.http.close()
