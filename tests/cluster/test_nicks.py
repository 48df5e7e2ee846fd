"""Nicks over several nodes: one sender holds one, whoever asks at the same moment."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.chat.clients import ChatClient, Room, secret
from tests.cluster.conftest import Nodes, Visit, at
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import Refused

Two = tuple[LiveServer, LiveServer]
CLIENTS = 50


def outcome(client: ChatClient, nick: str) -> str:
    """Connect with a nick; return "" if the client has it, or the code of the refusal."""
    try:
        client.connect("/chat", {"nick": nick})
    except Refused as refusal:
        return str(refusal.data["data"]["code"])
    return ""


def ask_at_once(clients: Sequence[ChatClient], nick: str) -> list[str]:
    """Return the outcome for each of the clients, which connect at the same moment."""
    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(lambda client: outcome(client, nick), clients))


def test_of_fifty_who_ask_at_once_on_three_nodes_one_has_the_nick(two: Two, nodes: Nodes) -> None:
    servers = [*two, nodes.start("c")]
    clients = [ChatClient(servers[number % 3]) for number in range(CLIENTS)]
    try:
        for round_number in range(3):
            outcomes = ask_at_once(clients, f"wanted-{round_number}")
            assert sorted(outcomes) == ["", *["nick_taken"] * (CLIENTS - 1)]
            winner = clients[outcomes.index("")]
            winner.abort()
            clients.remove(winner)
            clients.append(ChatClient(servers[round_number]))
    finally:
        for client in clients:
            client.abort()
        nodes.servers["c"].stop()


def test_the_same_sender_may_have_it_on_several_nodes(two: Two, visit: Visit) -> None:
    own = secret()
    for server in two:
        client = visit(server, nick="mine", guest=own)
        assert client.wait_event("ready")[0]["nick"] == "mine"


def test_a_nick_that_is_given_up_is_free_on_the_other_node(two: Two, visit: Visit) -> None:
    a, b = two
    visit(a, nick="given-up").disconnect("/chat")
    client = ChatClient(b)

    def free() -> bool:
        return outcome(client, "given-up") == ""

    wait_until(free, 10, "the nick")
    client.abort()


def test_commands_and_posts_over_rest_are_refused_a_nick_of_the_other_node(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    visit(a, room, nick="holder")
    client = visit(b, at(b, room), nick="other")
    answer = client.do("post", room=room.name, text="/nick HOLDER")
    assert answer["errors"][0]["code"] == "nick_taken"
    assert at(b, room).post("hej", "holder").json["errors"][0]["code"] == "nick_taken"
    assert client.do("post", room=room.name, text="hej")["data"]["nick"] == "other"


def test_a_server_without_a_name_that_was_killed_frees_its_nicks_when_it_starts_again(
    nodes: Nodes, visit: Visit
) -> None:
    server = nodes.start("", rate_limits="off")
    visit(server, nick="of the killed")
    server.restart(kill=True)
    # Another guest, while the lease of the killed process would last.
    client = ChatClient(server)
    assert outcome(client, "of the killed") == ""
    client.abort()
