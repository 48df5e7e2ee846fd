"""Events of one connection begin, read and are answered in the order of sending."""

from typing import Any

from tests.recovery.raw_clients import Wires
from tests.recovery.scenario import World
from tests.support.packets import ACK
from tests.support.wait import wait_until

ROUNDS = 150
KINDS = ("join", "post", "leave")
"""What is stored, so that its answers come in order."""


def test_join_post_leave_and_history_in_order(world: World, wires: Wires) -> None:
    """Also where reading waits for the database: what is stored later must not overtake a read."""
    room = world.room()
    client = wires.open(nick="in order")
    for number in range(ROUNDS):
        for kind in (*KINDS, "history"):
            body = {"room": room} | ({"text": str(number)} if kind == "post" else {})
            client.emit("/chat", kind, body, ack_id=4 * number + (*KINDS, "history").index(kind))
    last = 4 * ROUNDS - 1
    for number in (last - 1, last):
        client.wait_ack(number)
    acks = [(packet.id or 0, packet.data[0]) for packet in client.packets if packet.type == ACK]
    answers: dict[int, Any] = dict(acks)
    assert all("data" in answer for answer in answers.values())
    stored = [number for number, _ in acks if number % 4 != 3]
    assert stored == sorted(stored), "the answers to what is stored are in order"
    reads = [number for number, _ in acks if number % 4 == 3]
    assert reads == sorted(reads), "and those to what is read"
    lengths = [len(answers[number]["data"]) for number in sorted(reads)]
    assert lengths == sorted(lengths), "no page is older than one before it"
    posts = [answers[4 * number + 1]["data"] for number in range(ROUNDS)]
    assert [post["text"] for post in posts] == [str(number) for number in range(ROUNDS)]
    left = client.call("/chat", "members", {"room": room})["data"]
    assert left == [], "the last leave has left"


def test_what_was_sent_before_a_disconnect_is_handled(world: World, wires: Wires) -> None:
    """Though its events wait for reads, and the client does not wait for anything."""
    room = world.room()
    client = wires.open(nick="gone")
    for number in range(20):
        client.emit("/chat", "post", {"room": room, "text": str(number)})
    client.disconnect()
    texts = [str(number) for number in range(20)]
    wait_until(lambda: [message["text"] for message in world.history(room)] == texts)
