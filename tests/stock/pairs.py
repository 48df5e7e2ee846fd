"""Two clients of a stock application, and what each is sent by `emit` and `send`."""

import base64
from typing import Any

from tests.stock.servers import ENGINE, STOCK
from tests.support.node import NodeClient, NodeClients

OPTIONS: dict[str, dict[str, Any]] = {STOCK: {"async_mode": "threading"}, ENGINE: {}}


class Pair:
    """Two clients of one namespace."""

    def __init__(self, node: NodeClients, url: str, namespace: str = "/") -> None:
        self.one, self.two = (
            node.connect(url, namespace, {"nick": name}, reconnection=False) for name in "ab"
        )
        self.both = (self.one, self.two)


def sid(client: NodeClient) -> str:
    """Return the id of a client."""
    return str(client.state()["id"])


def binary(data: bytes) -> dict[str, str]:
    """Return bytes as the Node process reports them."""
    return {"$binary": base64.b64encode(data).decode()}


def received(client: NodeClient, name: str) -> list[list[Any]]:
    """Return the arguments of each event of a name, after all that was sent so far."""
    client.call("echo", 1)
    return client.args_of(name)


# For each client: emit, socketio.emit, send and socketio.send together, send(json=True).
EVERYBODY = [[1, 1, 2, 1], [1, 1, 2, 1]]
NOT_ONE = [[0, 0, 0, 0], [1, 1, 2, 1]]
NOT_TWO = [[1, 1, 2, 1], [0, 0, 0, 0]]
NOBODY = [[0, 0, 0, 0], [0, 0, 0, 0]]
EXPECTED = {
    repr({}): [[1, 1, 2, 1], [0, 1, 1, 0]],
    repr({"broadcast": True}): EVERYBODY,
    repr({"broadcast": True, "include_self": False}): NOT_ONE,
    repr({"to": "TWO"}): NOT_ONE,
    repr({"room": "TWO"}): NOT_ONE,
    repr({"to": "both"}): EVERYBODY,
    repr({"to": "both", "include_self": False}): NOT_ONE,
    repr({"to": ["other", "both"]}): EVERYBODY,
    repr({"to": "both", "skip_sid": "TWO"}): NOT_TWO,
    repr({"to": "both", "skip_sid": ["ONE", "TWO"]}): NOBODY,
    repr({"to": "nobody"}): NOBODY,
    repr({"broadcast": True, "namespace": "/other"}): NOBODY,
    repr({"broadcast": True, "ignore_queue": True}): EVERYBODY,
}
