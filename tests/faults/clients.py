"""What posters and listeners have in common: how they come back, and what may be answered."""

import http.client
from typing import Any, Protocol

import socketio.exceptions

from tests.faults import checker
from tests.faults.checker import Checker
from tests.support.frames import Cut
from tests.support.node import NodeClient, NodeClients, NodeError

ANSWER_SECONDS = 3.0
"""Seconds without an answer after which a client gives up a request or a connection."""
PAUSES = (0.05, 0.1, 0.2, 0.3)
"""Seconds after the first, second … attempt in vain, as a polite client leaves."""

LOST = (OSError, http.client.HTTPException, NodeError, socketio.exceptions.SocketIOError)
"""What an attempt may end with; nothing is known then."""

PASSING = {
    "storage_unavailable": 503,
    "outcome_unknown": 503,
    "foreign_database": 503,
    "busy": 503,
    "too_many_connections": 429,
}
"""Codes and statuses of errors after which a client tries again."""


GATEWAY = (502, 504)
"""What nginx answers if it has lost a node, or waits for it in vain; servers never answer that."""


class Address(Protocol):
    """Where clients connect to, on 127.0.0.1."""

    port: int

    @property
    def url(self) -> str:
        """Return it without a path."""


def check_gateway(status: int) -> None:
    """Raise `Cut` if nginx has answered, and not a server: nothing is known then."""
    if status in GATEWAY:
        raise Cut(f"nginx answers {status}")


def is_passing(body: Any) -> bool:
    """Return whether a response is an error that passes."""
    errors = body.get("errors", []) if isinstance(body, dict) else []
    return bool(errors) and all(PASSING.get(error["code"]) == error["status"] for error in errors)


def pause_after(failures: int) -> float:
    """Return the seconds to wait after this many attempts in vain, one after the other."""
    return PAUSES[min(failures, len(PAUSES)) - 1] if failures else 0


class StockClient:
    """A stock socket.io-client, which reconnects by itself, and what it received since last."""

    def __init__(
        self,
        node: NodeClients,
        url: str,
        name: str,
        collected: Checker,
        transports: list[str],
        **auth: str,
    ) -> None:
        self.name = name
        self.connections = 0
        self._checker = collected
        self._read = 0
        self.client: NodeClient = node.connect(
            url,
            auth=auth,
            transports=transports,
            reconnectionDelay=50,
            reconnectionDelayMax=200,
            timeout=3000,
        )

    def take(self) -> list[Any]:
        """Return the messages that have arrived since last; check all other events."""
        events = self.client.events[self._read :]
        self._read += len(events)
        for name, args in events:
            self._check(name, args)
        return [args[0] for name, args in events if name == "message"]

    def _check(self, name: str, args: list[Any]) -> None:
        if name == "connect":
            self.connections += 1
            if self.connections > 1 and not args[0]["recovered"]:
                self._report("the session was not resumed")
        elif name == "connect_error" and not args[0]["active"]:
            self._report(f"the server refused the client for good: {args}")
            self.client.reconnect()
        elif name == "disconnect" and args[0] == "io server disconnect":
            self._report("the server disconnected the client for good")
            self.client.reconnect()

    def _report(self, what: str) -> None:
        self._checker.report(checker.UNEXPECTED, self.name, what)
