"""Presence: the events joined, left and typing; a reconnect is silent."""

from collections.abc import Callable

from tests.chat.clients import ChatClient, Room, secret
from tests.chat.conftest import MakeRoom, MakeToken, Visit
from tests.conftest import MakeServer
from tests.support.wire import Memory


def presence_events(client: ChatClient, room: Room) -> list[tuple[str, str, int]]:
    """Return the joins and leaves of a room that a client has received."""
    return [
        (name, args[0]["nick"], args[0]["members"])
        for name, *args in client.events("/chat")
        if name in ("joined", "left") and args[0]["room"] == room.name
    ]


def wait_presence(client: ChatClient, name: str, nick: str, since: int = 0) -> None:
    client.wait_event(name, lambda body: body["nick"] == nick, since=since)


def nicks(room: Room) -> list[str]:
    return sorted(member["nick"] for member in room.get("/members").json["data"])


def test_coming_and_going_is_told_to_the_others(room: Room, visit: Visit, fresh) -> None:
    anna, bo = fresh("anna"), fresh("bo")
    first = visit(room, nick=anna)
    second = visit(room, nick=bo)
    wait_presence(first, "joined", bo)
    assert nicks(room) == sorted([anna, bo])
    second.do("leave", room=room.name)
    wait_presence(first, "left", bo)
    assert presence_events(first, room) == [("joined", bo, 2), ("left", bo, 1)]
    assert bo not in [event[1] for event in presence_events(second, room)], (
        "no client receives its own join"
    )
    assert nicks(room) == [anna]


def test_who_came_is_told_as_members_tells(
    room: Room, visit: Visit, fresh, make_user: MakeToken
) -> None:
    user, guest, other = fresh("user"), fresh("guest"), fresh("other")
    watcher = visit(room, nick=fresh("watcher"))

    def verified(nick: str) -> bool:
        return bool(
            watcher.wait_event("joined", lambda event: event["nick"] == nick)[0]["verified"]
        )

    joining = visit(room, token=make_user(user))
    visit(room, nick=guest)
    assert verified(user)
    assert not verified(guest)
    joining.do("post", room=room.name, text=f"/nick {other}")
    assert not verified(other)
    assert {"nick": other, "verified": False} in room.get("/members").json["data"]


def test_a_joins_answer_tells_who_is_there(room: Room, visit: Visit, fresh) -> None:
    anna, bo = fresh("anna"), fresh("bo")
    visit(room, nick=anna)
    second = visit(nick=bo)
    members = second.join(room)["members"]
    assert sorted(member["nick"] for member in members) == sorted([anna, bo])
    answer = second.do("members", room=room.name)
    assert answer == room.get("/members").json == {"data": members}
    assert all(member["verified"] is False for member in members)


def test_one_sender_in_two_tabs_counts_once(room: Room, visit: Visit, fresh) -> None:
    anna, guest = fresh("anna"), secret()
    watcher = visit(room, nick=fresh("watcher"))
    tabs = [visit(room, nick=anna, guest=guest) for _ in range(2)]
    wait_presence(watcher, "joined", anna)
    assert nicks(room).count(anna) == 1
    tabs[0].do("leave", room=room.name)
    assert nicks(room).count(anna) == 1
    room.say("a fence")
    watcher.wait_message("a fence")
    assert presence_events(watcher, room) == [("joined", anna, 2)]
    tabs[1].do("leave", room=room.name)
    wait_presence(watcher, "left", anna)
    assert anna not in nicks(room)


def test_joining_again_makes_no_noise(room: Room, visit: Visit, fresh) -> None:
    anna = fresh("anna")
    watcher = visit(room, nick=fresh("watcher"))
    client = visit(room, nick=anna)
    wait_presence(watcher, "joined", anna)
    client.join(room)
    later = visit(room, nick=fresh("later"))
    wait_presence(watcher, "joined", later.do("members", room=room.name)["data"][-1]["nick"])
    assert [event[1] for event in presence_events(watcher, room)].count(anna) == 1


def test_who_reads_the_list_in_the_middle_of_it_hears_the_end_of_it(
    room: Room, visit: Visit, fresh
) -> None:
    anna = fresh("anna")
    watcher = visit(room, nick=fresh("watcher"))
    client = visit(room, nick=anna)
    wait_presence(watcher, "joined", anna)

    def check(doing: Callable[[], object], undoing: Callable[[], object], last: str) -> None:
        doing()
        watcher.do("members", room=room.name)
        read = len(watcher.packets)
        undoing()
        wait_presence(watcher, last, anna, since=read)

    def go() -> object:
        return client.do("leave", room=room.name)

    def come() -> object:
        return client.join(room)

    check(go, come, "joined")
    go()
    wait_presence(watcher, "left", anna)
    check(come, go, "left")


def test_a_reconnect_makes_no_noise(room: Room, visit: Visit, fresh) -> None:
    anna, guest, memory, after = fresh("anna"), secret(), Memory(), fresh("after")
    watcher = visit(room, nick=fresh("watcher"))
    for _ in range(3):
        client = visit(room, nick=anna, guest=guest, memory=memory)
        client.abort()
    back = visit(nick=anna, guest=guest, memory=memory)
    assert back.wait_event("ready")[0]["rooms"] == [room.name]
    assert anna in nicks(room)
    visit(room, nick=after)
    wait_presence(watcher, "joined", after)
    assert [event[:2] for event in presence_events(watcher, room)] == [
        ("joined", anna),
        ("joined", after),
    ]


def test_who_does_not_come_back_has_left(make_server: MakeServer) -> None:
    server = make_server(entry="quick_grace")
    room = Room(server, "lobby")
    with ChatClient(server) as watcher, ChatClient(server) as client:
        for joining, nick in ((watcher, "watcher"), (client, "anna")):
            joining.connect("/chat", {"nick": nick})
            joining.join(room)
        wait_presence(watcher, "joined", "anna")
        client.abort()
        wait_presence(watcher, "left", "anna")
        assert presence_events(watcher, room) == [("joined", "anna", 2), ("left", "anna", 1)]
        assert nicks(room) == ["watcher"]


def test_typing_is_told_to_the_others_and_never_stored(
    room: Room, make_room: MakeRoom, visit: Visit, fresh
) -> None:
    anna, guest = fresh("anna"), secret()
    watcher, elsewhere = visit(room, nick=fresh("watcher")), visit(make_room(), nick=fresh("far"))
    tabs = [visit(room, nick=anna, guest=guest) for _ in range(2)]
    before = room.page("limit=0")["rev"]
    assert tabs[0].do("typing", room=room.name) == {"data": None}
    assert watcher.wait_event("typing") == [{"room": room.name, "nick": anna}]
    for client in (*tabs, elsewhere):
        client.do("members", room=room.name)
        assert "typing" not in [event[0] for event in client.events()]
    assert room.page("limit=0")["rev"] == before


def test_only_what_is_of_the_log_ends_in_a_string(room: Room, visit: Visit, fresh) -> None:
    watcher = visit(room, nick=fresh("watcher"))
    client = visit(room, nick=fresh("anna"))
    watcher.wait_event("joined")
    client.do("typing", room=room.name)
    client.do("post", room=room.name, text="hej")
    client.do("leave", room=room.name)
    watcher.wait_event("left")
    for name, *args in watcher.events():
        assert isinstance(args[-1], str) == (name in ("message", "ready"))
