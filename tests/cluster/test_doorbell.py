"""The doorbell: what one node commits is published by the others at once, and in order."""

from concurrent.futures import ThreadPoolExecutor

from tests.chat.clients import Room
from tests.cluster.conftest import Nodes, Visit, at
from tests.support.server import LiveServer
from tests.support.wait import wait_until

Two = tuple[LiveServer, LiveServer]


def doorbell(server: LiveServer) -> str:
    """Return how a node learns of commits of others."""
    reply = server.get("/readyz")
    return str(reply.json["data"]["doorbell"]) if reply.status == 200 else reply.body.decode()


def test_messages_of_both_nodes_arrive_at_both_in_one_order(
    two: Two, room: Room, visit: Visit
) -> None:
    clients = [visit(server, at(server, room), nick=f"n{i}") for i, server in enumerate(two)]

    def post(number: int) -> None:
        at(two[number % 2], room).say(str(number), nick="doe")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post, range(60)))
    orders = []
    for client in clients:
        client.wait_event("message", lambda message, _: message["id"] == 60)
        orders.append([message["rev"] for message in client.messages()])
    assert orders[0] == orders[1] == sorted(orders[0])
    assert len(orders[0]) == 60


def test_it_is_the_doorbell_and_not_the_poll(nodes: Nodes, visit: Visit) -> None:
    node = nodes.start("no-poll", entry="no_polling")
    ringing = nodes.start("a")
    lobby = Room(ringing, "lobby")
    wait_until(lambda: doorbell(node) == "notify", what="the doorbell")
    client = visit(node, at(node, lobby), nick="listener")
    for number in range(5):
        lobby.say(str(number), nick="doe")
        client.wait_message(str(number))
    node.stop()


def test_a_listener_that_was_cut_off_is_replaced_and_nothing_is_missed(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    client = visit(b, at(b, room), nick="listener")
    cut = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = 'me-api node b' AND datname = current_database()"
    )
    for number in range(10):
        assert a.query(cut)[0][0] > 0
        room.say(str(number), nick="doe")
        client.wait_message(str(number))
        wait_until(lambda: doorbell(b) == "notify", what="the doorbell")
    assert [message["text"] for message in client.messages()] == list(map(str, range(10)))


def test_a_command_rings_too(two: Two, room: Room, visit: Visit) -> None:
    a, b = two
    a.query(
        "INSERT INTO users (email, email_folded, nick, nick_folded, password_hash, role, created)"
        " VALUES ('o@example.com', 'o@example.com', 'owner', 'owner', 'none', 'owner',"
        " '2026-01-01T00:00:00.000Z')"
    )
    client = visit(b, at(b, room), nick="listener")
    said = a.flask("chat", "say", room.name, "from a command")
    assert said.returncode == 0, said.stderr
    client.wait_message("from a command")


def test_a_client_with_a_rev_of_one_node_is_served_at_it_by_the_other(two: Two, room: Room) -> None:
    for _ in range(20):
        rev = room.say(nick="doe")["rev"]
        assert at(two[1], room).changes(rev)["rev"] >= rev


def test_a_cached_page_is_never_older_than_what_the_node_has_acknowledged(
    two: Two, room: Room
) -> None:
    b = two[1]
    for number in range(20):
        room.say(str(number), nick="doe")
        assert room.page()["data"][-1]["text"] == str(number)
        wait_until(lambda text=str(number): at(b, room).page()["data"][-1]["text"] == text)
