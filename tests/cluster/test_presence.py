"""Presence over two nodes: members, joins and leaves, typing, messages to one person."""

from tests.chat.clients import ChatClient, Room, secret
from tests.cluster.conftest import Nodes, Visit, at, wait_members
from tests.support.server import LiveServer
from tests.support.wire import Memory

Two = tuple[LiveServer, LiveServer]


def changes(client: ChatClient) -> list[tuple[str, str, int]]:
    """Return the joins and leaves that a client has received."""
    return [
        (name, args[0]["nick"], args[0]["members"])
        for name, *args in client.events("/chat")
        if name in ("joined", "left")
    ]


def settle(client: ChatClient, other: ChatClient, room: Room) -> None:
    """Wait until the client has received what was sent from the other's node before now."""
    other.do("typing", room=room.name)
    client.wait_event("typing", since=len(client.packets))


def test_members_of_all_nodes_are_in_the_list_and_are_counted(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    visit(a, room, nick="mos")
    visit(b, at(b, room), nick="doe")
    for server in two:
        wait_members(server, room, "doe", "mos")
        assert server.get(room.url).json["data"]["members"] == 2


def test_joins_and_leaves_are_sent_once_with_the_count_of_all_nodes(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    watcher = visit(a, room, nick="watcher")
    wait_members(b, room, "watcher")
    client = visit(b, at(b, room), nick="doe")
    watcher.wait_event("joined")
    client.do("leave", room=room.name)
    watcher.wait_event("left")
    client.join(at(b, room))
    watcher.wait_event("joined", since=len(watcher.packets))
    settle(watcher, client, room)
    assert changes(watcher) == [("joined", "doe", 2), ("left", "doe", 1), ("joined", "doe", 2)]
    assert "doe" not in [nick for _, nick, _ in changes(client)]


def test_a_new_nick_is_known_on_all_nodes(two: Two, room: Room, visit: Visit) -> None:
    a, b = two
    watcher = visit(a, room, nick="watcher")
    client = visit(b, at(b, room), nick="before")
    watcher.wait_event("joined", lambda body: body["nick"] == "before")
    client.do("post", room=room.name, text="/nick after")
    watcher.wait_event("joined", lambda body: body["nick"] == "after")
    assert ("left", "before", 2) in changes(watcher)
    wait_members(a, room, "after", "watcher")


def test_a_client_that_moves_to_another_node_is_not_noticed(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    memory, own = Memory(), secret()
    watchers = [visit(a, room, nick="watcher"), visit(b, at(b, room), nick="other")]
    moving = visit(a, room, memory, nick="mos", guest=own)
    for watcher in watchers:
        watcher.wait_event("joined", lambda body: body["nick"] == "mos")
    for server in (b, a, b):
        moving.abort()
        moving = visit(server, None, memory, nick="mos", guest=own)
        for watcher in watchers:
            settle(watcher, moving, room)
    moving.do("leave", room=room.name)
    for watcher in watchers:
        watcher.wait_event("left", lambda body: body["nick"] == "mos")
        assert [event[:2] for event in changes(watcher) if event[1] == "mos"] == [
            ("joined", "mos"),
            ("left", "mos"),
        ]


def test_who_takes_the_nick_of_somebody_who_was_lost_on_another_node_replaces_them(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    watcher = visit(b, at(b, room), nick="watcher")
    lost = visit(a, room, nick="mos")
    watcher.wait_event("joined", lambda body: body["nick"] == "mos")
    lost.abort()
    visit(b, at(b, room), nick="mos")
    watcher.wait_event("joined", lambda body: body["nick"] == "mos", since=len(watcher.packets))
    assert [event[:2] for event in changes(watcher)][-3:] == [
        ("joined", "mos"),
        ("left", "mos"),
        ("joined", "mos"),
    ]
    wait_members(a, room, "mos", "watcher")


def test_a_message_to_one_person_arrives_on_their_node(two: Two, room: Room, visit: Visit) -> None:
    a, b = two
    sender = visit(a, room, nick="mos")
    receiver = visit(b, at(b, room), nick="Doe Long")
    wait_members(a, room, "Doe Long", "mos")
    text = "räksmörgås \N{GRINNING FACE} " * 200
    answer = sender.do("post", room=room.name, text=f'/msg "doe long" {text.strip()}')
    assert answer["data"]["notice"] == f"To Doe Long: {text.strip()}"
    notice = receiver.wait_event("notice")[0]
    assert notice["text"] == f"mos to you: {text.strip()}"
    refused = sender.do("post", room=room.name, text="/msg nobody hej")
    assert refused["errors"][0]["code"] == "nobody_here"


def test_the_command_clients_names_those_of_all_nodes(two: Two, room: Room, visit: Visit) -> None:
    a, b = two
    visit(a, room, nick="mos")
    client = visit(b, at(b, room), nick="doe")
    wait_members(b, room, "doe", "mos")
    answer = client.do("post", room=room.name, text="/clients")
    assert answer["data"]["notice"].startswith(f"2 in {room.name}: ")


def test_a_node_that_starts_later_learns_who_is_there(
    two: Two, nodes: Nodes, room: Room, visit: Visit
) -> None:
    visit(two[0], room, nick="mos")
    visit(two[1], at(two[1], room), nick="doe")
    third = nodes.start("c")
    wait_members(third, room, "doe", "mos")
    visit(third, at(third, room), nick="new")
    for server in two:
        wait_members(server, room, "doe", "mos", "new")
    third.stop()
