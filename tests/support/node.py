"""Unmodified socket.io-clients in one Node process, driven from Python."""

import base64
import itertools
import json
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from tests.support.events import Event, EventLog
from tests.support.node_process import SCRIPTS, NodeProcess
from tests.support.wait import WAIT_SECONDS


class NodeError(AssertionError):
    """The Node process could not execute a command, or no ack came in time."""


class NodeClient(EventLog):
    """One stock client's socket of one namespace, with all that it received."""

    def __init__(self, process: "NodeClients", name: str) -> None:
        super().__init__(name)
        self.name = name
        self._process = process

    def start_call(self, event: str, *args: Any, timeout: float = WAIT_SECONDS) -> "Future[Any]":
        """Send an event and return the future of its ack, without waiting."""
        options = {"event": event, "args": encode(args), "timeout": int(timeout * 1000)}
        return self._process.send("emit", self.name, **options)

    def call(self, event: str, *args: Any, timeout: float = WAIT_SECONDS) -> Any:
        """Send an event and return its ack; NodeError when none comes."""
        return self.start_call(event, *args, timeout=timeout).result(timeout + 5)

    def emit(self, event: str, *args: Any) -> None:
        """Send an event without an ack."""
        self._do("emitNoAck", event=event, args=encode(args))

    def state(self) -> dict[str, Any]:
        """Return connected, active, recovered, id, pid, offset and transport."""
        answer: dict[str, Any] = self._do("state")
        return answer

    def cut(self) -> None:
        """Close the transport without a DISCONNECT; the client reconnects by itself."""
        self._do("cut")

    def destroy(self) -> None:
        """Tear the TCP connection down without a close frame (WebSocket only)."""
        self._do("destroy")

    def disconnect(self) -> None:
        """Disconnect for good, as the client's own disconnect() does."""
        self._do("disconnect")

    def reconnect(self) -> None:
        """Connect again after an explicit disconnect or a refusal."""
        self._do("reconnect")

    def hold(self) -> None:
        """Stay disconnected when the connection is next lost."""
        self._do("hold")

    def release(self) -> None:
        """Connect again after hold, and reconnect as usual from now on."""
        self._do("release")

    def set_auth(self, auth: dict[str, Any]) -> None:
        """Use another auth from the next connection on."""
        self._do("auth", auth=auth)

    def close(self) -> None:
        """Disconnect and forget this client."""
        self._do("close")

    def wait_connected(self, since: int = 0, timeout: float = WAIT_SECONDS) -> dict[str, Any]:
        """Return the state at the first connect; fail at once when the server refuses."""

        def final(event: Event) -> bool:
            refused = event.name == "connect_error" and not event.args[0]["active"]
            return event.name == "connect" or refused

        def outcome(events: list[Event]) -> Event | None:
            return next(filter(final, events[since:]), None)

        name, args = self.wait_until(outcome, timeout, "connect")
        assert name == "connect", f"{self.name} was refused: {args}"
        state: dict[str, Any] = args[0]
        return state

    def _do(self, command: str, **options: Any) -> Any:
        return self._process.send(command, self.name, **options).result(WAIT_SECONDS)


class NodeClients:
    """The Node process: one for the whole test run."""

    def __init__(self) -> None:
        installed = SCRIPTS / "node_modules" / "socket.io-client"
        assert installed.exists(), f"{installed} is missing: run make test, which installs it"
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._answers: dict[int, Future[Any]] = {}
        self._clients: dict[str, NodeClient] = {}
        self._process = NodeProcess("client.mjs", receive=self._dispatch, ended=self._fail_all)

    def connect(
        self,
        url: str,
        namespace: str = "/chat",
        auth: dict[str, Any] | None = None,
        *,
        wait: bool = True,
        share: NodeClient | None = None,
        **options: Any,
    ) -> NodeClient:
        """Connect a new client; with `share`, over the connection of another one.

        Options are socket.io-client's own (transports, reconnectionDelay, …).
        """
        client = NodeClient(self, f"client-{next(self._numbers)}")
        self._clients[client.name] = client
        place = {"url": url, "namespace": namespace, "share": share.name if share else None}
        self.send("connect", client.name, auth=auth or {}, options=options, **place).result(
            WAIT_SECONDS
        )
        if wait:
            client.wait_connected()
        return client

    def send(self, command: str, client: str, **options: Any) -> "Future[Any]":
        """Send one command and return the future of its answer."""
        answer: Future[Any] = Future()
        with self._lock:
            number = next(self._numbers)
            self._answers[number] = answer
            line = {"id": number, "do": command, "client": client, **options}
            self._process.send(json.dumps(line))
        return answer

    def close_all(self) -> None:
        """Close every client, for the next test."""
        answers = [self.send("close", name) for name in self._clients]
        self._clients.clear()
        for answer in answers:
            answer.result(WAIT_SECONDS)

    def end(self) -> None:
        self._process.end()

    def _fail_all(self) -> None:
        for answer in self._answers.values():
            answer.set_exception(NodeError("the Node process ended"))

    def _dispatch(self, line: dict[str, Any]) -> None:
        if "client" in line:
            if client := self._clients.get(line["client"]):
                client.record(line["event"], line["args"])
        elif "error" in line:
            self._answers.pop(line["id"]).set_exception(NodeError(line["error"]))
        else:
            self._answers.pop(line["id"]).set_result(line["answer"])


def encode(args: Iterable[Any]) -> Any:
    """Write bytes as {"$binary": …}, which the Node side turns into a Buffer."""
    return json.loads(json.dumps(list(args), default=_binary))


def _binary(value: bytes) -> dict[str, str]:
    return {"$binary": base64.b64encode(value).decode()}
