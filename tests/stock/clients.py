"""Stock clients with one interface: the JavaScript client and python-socketio's."""

from contextlib import ExitStack
from typing import Any

from tests.support.node import NodeClient, NodeClients
from tests.support.python_client import PythonClient
from tests.support.wait import wait_until

Client = NodeClient | PythonClient
TRANSPORTS = (("websocket",), ("polling",), ("polling", "websocket"))
"""The last one upgrades."""


class AnsweringClient(PythonClient):
    """python-socketio's client, which acknowledges `ask…` with the arguments of the event."""

    def _take(self, name: str, *args: Any) -> Any:
        super()._take(name, *args)
        return args if name.startswith("ask") else None


class Clients:
    """Connects clients of one kind, over one transport, and closes them all."""

    def __init__(self, node: NodeClients, kind: str, transports: tuple[str, ...]) -> None:
        self._node = node
        self._kind = kind
        self._transports = transports
        self._open: list[PythonClient] = []

    def connect(
        self,
        url: str,
        namespace: str = "/",
        auth: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Client:
        """Connect one more client; return when it is connected, and upgraded."""
        if self._kind == "node":
            options = {"transports": self._transports, "reconnection": False}
            client = self._node.connect(url, namespace, auth, extraHeaders=headers or {}, **options)
            if self._transports[-1] == "websocket":
                # No event says so.
                wait_until(lambda: client.state()["transport"] == "websocket")
            return client
        made = AnsweringClient(
            url,
            namespace,
            auth,
            transports=self._transports,
            reconnection=False,
            headers=headers,
        )
        self._open.append(made)
        return made

    def close(self) -> None:
        """Close all clients that were opened."""
        with ExitStack() as stack:
            stack.callback(self._node.close_all)
            for client in self._open:
                stack.callback(client.close)
