"""Who is there: joined, left, typing; a reconnect makes no noise."""

from collections.abc import Callable

from tests.chat.conftest import MakeRoom, MakeToken, Visit
from tests.chat.people import Room, Visitor, secret
from tests.conftest import MakeServer
from tests.support.wire import Memory


def news(visitor: Visitor, room: Room) -> list[tuple[str, str, int]]:
    """Give who came and went in a room, as one client heard it."""
    return [
        (name, args[0]["nick"], args[0]["members"])
        for name, *args in visitor.events("/chat")
        if name in ("joined", "left") and args[0]["room"] == room.name
    ]


def hear_of(visitor: Visitor, name: str, nick: str, since: int = 0) -> None:
    visitor.wait_event(name, lambda told: told["nick"] == nick, since=since)


def nicks(room: Room) -> list[str]:
    return sorted(member["nick"] for member in room.get("/members").json["data"])


def test_coming_and_going_is_told_to_the_others(room: Room, visit: Visit, fresh) -> None:
    anna, bo = fresh("anna"), fresh("bo")
    first = visit(room, nick=anna)
    second = visit(room, nick=bo)
    hear_of(first, "joined", bo)
    assert nicks(room) == sorted([anna, bo])
    second.do("leave", room=room.name)
    hear_of(first, "left", bo)
    assert news(first, room) == [("joined", bo, 2), ("left", bo, 1)]
    assert bo not in [told[1] for told in news(second, room)], "nobody is told of oneself"
    assert nicks(room) == [anna]


def test_who_came_is_told_as_members_tells(
    room: Room, visit: Visit, fresh, make_user: MakeToken
) -> None:
    user, guest, other = fresh("user"), fresh("guest"), fresh("other")
    watcher = visit(room, nick=fresh("watcher"))

    def verified(nick: str) -> bool:
        return bool(watcher.wait_event("joined", lambda told: told["nick"] == nick)[0]["verified"])

    visitor = visit(room, token=make_user(user))
    visit(room, nick=guest)
    assert verified(user)
    assert not verified(guest)
    visitor.do("post", room=room.name, text=f"/nick {other}")
    assert not verified(other)
    assert {"nick": other, "verified": False} in room.get("/members").json["data"]


def test_a_joins_answer_tells_who_is_there(room: Room, visit: Visit, fresh) -> None:
    anna, bo = fresh("anna"), fresh("bo")
    visit(room, nick=anna)
    second = visit(nick=bo)
    told = second.enter(room)["members"]
    assert sorted(member["nick"] for member in told) == sorted([anna, bo])
    answer = second.do("members", room=room.name)
    assert answer == room.get("/members").json == {"data": told}
    assert all(member["verified"] is False for member in told)


def test_one_sender_in_two_tabs_counts_once(room: Room, visit: Visit, fresh) -> None:
    anna, guest = fresh("anna"), secret()
    watcher = visit(room, nick=fresh("watcher"))
    tabs = [visit(room, nick=anna, guest=guest) for _ in range(2)]
    hear_of(watcher, "joined", anna)
    assert nicks(room).count(anna) == 1
    tabs[0].do("leave", room=room.name)
    assert nicks(room).count(anna) == 1
    room.say("a fence")
    watcher.hear("a fence")
    assert news(watcher, room) == [("joined", anna, 2)]
    tabs[1].do("leave", room=room.name)
    hear_of(watcher, "left", anna)
    assert anna not in nicks(room)


def test_joining_again_makes_no_noise(room: Room, visit: Visit, fresh) -> None:
    anna = fresh("anna")
    watcher = visit(room, nick=fresh("watcher"))
    client = visit(room, nick=anna)
    hear_of(watcher, "joined", anna)
    client.enter(room)
    later = visit(room, nick=fresh("later"))
    hear_of(watcher, "joined", later.do("members", room=room.name)["data"][-1]["nick"])
    assert [told[1] for told in news(watcher, room)].count(anna) == 1


def test_who_reads_the_list_in_the_middle_of_it_hears_the_end_of_it(
    room: Room, visit: Visit, fresh
) -> None:
    anna = fresh("anna")
    watcher = visit(room, nick=fresh("watcher"))
    client = visit(room, nick=anna)
    hear_of(watcher, "joined", anna)

    def check(doing: Callable[[], object], undoing: Callable[[], object], last: str) -> None:
        doing()
        watcher.do("members", room=room.name)
        read = len(watcher.packets)
        undoing()
        hear_of(watcher, last, anna, since=read)

    def go() -> object:
        return client.do("leave", room=room.name)

    def come() -> object:
        return client.enter(room)

    check(go, come, "joined")
    go()
    hear_of(watcher, "left", anna)
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
    hear_of(watcher, "joined", after)
    assert [told[:2] for told in news(watcher, room)] == [("joined", anna), ("joined", after)]


def test_who_does_not_come_back_has_left(make_server: MakeServer) -> None:
    server = make_server(entry="quick_grace")
    room = Room(server, "lobby")
    with Visitor(server) as watcher, Visitor(server) as client:
        for visitor, nick in ((watcher, "watcher"), (client, "anna")):
            visitor.connect("/chat", {"nick": nick})
            visitor.enter(room)
        hear_of(watcher, "joined", "anna")
        client.abort()
        hear_of(watcher, "left", "anna")
        assert news(watcher, room) == [("joined", "anna", 2), ("left", "anna", 1)]
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
