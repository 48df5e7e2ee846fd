"""Nicks over several nodes: one sender holds one, even if several ask at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

import pytest

from me_api.chat.presence import remote_events
from me_api.errors import StorageUnavailable
from tests.chat.clients import ChatClient, Room, secret
from tests.cluster.conftest import Nodes, Visit, at
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import Cut, Memory, Refused

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

    wait_until(free, what="the nick")
    client.abort()


def test_commands_and_posts_over_rest_are_refused_a_nick_of_the_other_node(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    visit(a, room, nick="holder")
    client = visit(b, at(b, room), nick="other")
    answer = client.do("post", room=room.name, text="/nick HOLDER")
    assert answer["errors"][0]["code"] == "nick_taken"
    for text in ("hej", "/msg other hej"):
        assert at(b, room).post(text, "holder").json["errors"][0]["code"] == "nick_taken"
    assert at(b, room).post("/msg other hej", "nobody").status == 200
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


def test_a_resumed_session_keeps_its_nick_if_the_database_cannot_be_asked(
    two: Two, visit: Visit
) -> None:
    a, b = two
    memory = Memory()
    visit(a, None, memory, nick="keeper").abort()
    cut = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = 'me-api node b' AND datname = current_database()"
    )

    def resumed() -> ChatClient | None:
        try:
            return visit(b, None, memory)
        except Cut:
            return None

    def refused() -> bool:
        b.query(cut)
        return resumed() is None

    # For half a second there is no connection on which nicks are claimed: clients try again.
    wait_until(refused, what="a client that comes within that time")
    client = wait_until(resumed, what="the session being resumed")
    assert client.wait_event("ready")[0]["nick"] == "keeper"


class Registry:
    """Knows one nick; the first claims of it fail."""

    def __init__(self, *outcomes: bool | Exception) -> None:
        self.nicknames = self.shared = self
        self.outcomes = list(outcomes)
        self.lost: list[object] = []
        self.sent: list[str] = []

    def in_use(self) -> list[str]:
        return ["mos"]

    def connections(self, nick: str) -> list[object]:
        return [SimpleNamespace(sender="s")]

    def claim(self, nick: str, sender: str) -> bool:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def lose_nick(self, connection: object) -> None:
        self.lost.append(connection)

    def send(self, connections: Sequence[object], event: str, body: dict[str, str]) -> None:
        self.sent.append(event)


@pytest.mark.parametrize("granted", [True, False])
def test_after_the_lease_had_lapsed_nicks_are_claimed_until_the_database_answers(
    granted: bool,
) -> None:
    registry = Registry(StorageUnavailable("away"), StorageUnavailable("away"), granted)
    renewed: list[Callable[[], None]] = []
    cluster: Any = SimpleNamespace(subscribe=lambda *_: None, on_renewed=renewed.append)
    loop: Any = SimpleNamespace(
        spawn=lambda function, *args: function(*args),
        call_later=lambda _, function, *args: function(*args),
    )
    remote_events.receive(loop, cluster, cast(Any, registry))
    renewed[0]()
    assert registry.outcomes == []
    assert (len(registry.lost), registry.sent) == ((0, []) if granted else (1, ["notice"]))
