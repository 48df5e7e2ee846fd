"""Polling, upgrading and WebSocket-only clients get the same events in the same order."""

from random import Random
from typing import Any

import pytest

from tests.support.events import Event
from tests.support.node import NodeClient, NodeClients
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient
from tests.transport.assertions import LOBBY, SECONDS
from tests.transport.conftest import CHAT, numbers

TRANSPORTS = {
    "polling": ["polling"],
    "websocket": ["websocket"],
    "upgrading": ["polling", "websocket"],  # The last: it goes over while events flow.
}
ACTS = 100
IN_FLIGHT = 8


def act_at_random(poster: WireClient, random: Random) -> list[Any]:
    """Post, edit and delete, several at a time; return all versions that the acks carried."""
    versions: list[Any] = []
    alive: list[int] = []
    for start in range(0, ACTS, IN_FLIGHT):
        calls = range(start, min(start + IN_FLIGHT, ACTS))
        for number in calls:
            verb = random.choice(["post", "post", "edit", "delete"]) if alive else "post"
            body: dict[str, Any] = {**LOBBY, "text": f"{verb} {number} " + "å" * number}
            if verb != "post":
                body["id"] = random.choice(alive)
            if verb == "delete":
                del body["text"]
                alive.remove(body["id"])
            poster.emit(CHAT, verb, body, ack_id=number)
        answers = [poster.wait_ack(number, SECONDS) for number in calls]
        versions += [answer["data"] for answer in answers if "data" in answer]
        alive += [
            m["id"] for m in versions[-len(answers) :] if not m["deleted"] and not m["edited"]
        ]
        alive = [number for number in dict.fromkeys(alive) if not deleted(versions, number)]
    return versions


def deleted(versions: list[Any], number: int) -> bool:
    return any(message["id"] == number and message["deleted"] for message in versions)


def messages(client: NodeClient) -> list[Any]:
    return client.args_of("message")


@pytest.mark.parametrize("seed", [1])
def test_the_same_events_in_the_same_order(
    server: LiveServer, node: NodeClients, seed: int
) -> None:
    clients = {
        name: node.connect(
            server.url, CHAT, {"nick": f"{name}{next(numbers)}"}, transports=transports
        )
        for name, transports in TRANSPORTS.items()
    }
    for client in clients.values():
        assert "data" in client.call("join", {**LOBBY, "limit": 0})
    with WireClient(server.host, server.port) as poster:
        poster.connect(CHAT, {"nick": f"poster{next(numbers)}"})
        versions = act_at_random(poster, Random(seed))
    last = str(max(message["rev"] for message in versions))

    def all_came(events: list[Event]) -> bool:
        return any(e.name == "message" and e.args[-1] == last for e in events)

    for client in clients.values():
        client.wait_until(all_came, SECONDS, f"message {last}")
    found = messages(clients["websocket"])
    assert messages(clients["polling"]) == found
    assert messages(clients["upgrading"]) == found
    revs = [int(rev) for _, rev in found]
    assert revs == sorted(set(revs))
    assert [message for message, _ in found] == sorted(versions, key=lambda message: message["rev"])
    wait_until(lambda: clients["upgrading"].state()["transport"] == "websocket", SECONDS)
    assert clients["polling"].state()["transport"] == "polling"
