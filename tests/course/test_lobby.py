"""The course's messages are the lobby's: stored, sent and changed like any other."""

from tests.chat.clients import make_token, secret
from tests.conftest import MakeServer
from tests.course.conftest import (
    LOBBY,
    Connect,
    is_of_server,
    received,
    said,
    say,
    wait_received,
)
from tests.support.packets import Memory
from tests.support.proxy import Proxy
from tests.support.server import LiveServer
from tests.support.wire import WireClient

SAY = "chat message"


def test_only_a_token_proves_a_nick(server: LiveServer, connect: Connect) -> None:
    token = make_token(server, "mos")
    user, guest = connect(token=token), connect(nick="mos")
    proven = say(user, {"name": "MOS", "message": "mine"})["data"]
    assert (proven["nick"], proven["verified"]) == ("mos", True)
    assert say(user, "hej")["data"]["verified"]
    other = say(user, {"name": "doe", "message": "another's"})["data"]
    assert (other["nick"], other["verified"]) == ("doe", False)
    for claim in ({"name": "mos", "message": "not mine"}, "nor this"):
        claimed = say(guest, claim)["data"]
        assert (claimed["nick"], claimed["verified"]) == ("mos", False)
        place = f"{LOBBY}/{claimed['id']}"
        assert server.patch(place, {"text": "x"}, token=token).status == 403
    assert server.patch(f"{LOBBY}/{proven['id']}", {"text": "x"}, token=token).status == 200


def test_messages_of_other_interfaces_come_once_when_new(
    server: LiveServer, connect: Connect
) -> None:
    course, api = connect(), connect("/chat", nick="doe", guest=(mine := secret()))
    first = api.call("/chat", "post", {"room": "lobby", "text": "over /chat"})["data"]
    server.post(LOBBY, {"nick": "mos", "text": "over REST"})
    server.post("/chat/rooms/kundtjanst/messages", {"nick": "mos", "text": "elsewhere"})
    place = f"{LOBBY}/{first['id']}"
    assert server.patch(place, {"text": "edited"}, guest=mine).status == 200
    assert server.delete(place, guest=mine).status == 200
    again = api.call("/chat", "post", {"room": "lobby", "text": "to be deleted"})["data"]
    assert server.delete(f"{LOBBY}/{again['id']}", guest=mine).status == 200
    say(course, "the last")
    wait_received(course, "the last")
    assert [(payload["name"], payload["message"]) for payload in received(course)[:-1]] == [
        ("doe", "over /chat"),
        ("mos", "over REST"),
        ("doe", "to be deleted"),
    ]
    assert received(course)[0]["time"] == first["time"]


def test_an_edit_rewrites_the_payload_and_a_deletion_takes_it(
    server: LiveServer, connect: Connect
) -> None:
    mine = secret()
    sender = connect(guest=mine)
    for payload, edited in [
        ("one", "new"),
        ({"name": "mos", "msg": "two", "time": 0}, {"name": "mos", "msg": "new", "time": 0}),
        ({"text": {"body": "three"}, "time": 0}, {"text": {"body": "new"}, "time": 0}),
        ({"name": "mos", "body": "", "time": 0}, {"name": "mos", "body": "new", "time": 0}),
    ]:
        message = say(sender, payload)["data"]
        place = f"{LOBBY}/{message['id']}"
        answer = server.patch(place, {"text": "new"}, guest=mine).json["data"]
        assert (answer["text"], answer["payload"]) == ("new", edited)
        assert server.get("/chat").json["data"][-1] == edited
        assert server.get(place).json["data"] == answer
    deleted = server.delete(place, guest=mine).json["data"]
    assert "payload" not in deleted and deleted["text"] is None
    assert edited not in server.get("/chat").json["data"]
    assert server.query("SELECT payload FROM messages WHERE deleted IS NOT NULL") == [(None,)]


def test_the_lobby_s_latest_in_the_course_s_shape(server: LiveServer, connect: Connect) -> None:
    """F65: `get history` is answered as `history` is."""
    client = connect()
    posted = server.post(LOBBY, {"nick": "doe", "text": "hej"}).json["data"]
    say(client, "a string")
    deleted = say(connect(guest=(mine := secret())), {"name": "x", "message": "gone"})["data"]
    server.delete(f"{LOBBY}/{deleted['id']}", guest=mine)
    shown = [{"name": "doe", "message": "hej", "time": posted["time"]}, "a string"]
    assert server.get("/chat").json == {"data": shown}
    lines = ["doe: hej", "guest: a string"]
    assert client.call("/", "history") == {"data": lines}
    for asked in ("history", "get history"):
        since = len(client.packets)
        client.emit("/", asked, "lobby", 50)
        assert client.wait_event(asked, since=since) == [lines]
    for n in range(60):
        client.emit("/", SAY, f"{n}")
    assert say(client, "the last")["data"]["id"] == 64
    latest = server.get("/chat").json["data"]
    assert latest == [*(f"{n}" for n in range(11, 60)), "the last"]


def test_what_is_in_the_history_is_not_sent_after_it(make_server: MakeServer) -> None:
    """Another process commits what this one would publish an hour later."""
    server = make_server(entry="on_demand")
    with WireClient(server.host, server.port) as client:
        client.connect("/", {})
        assert server.flask("chat", "say", "lobby", "hej", "--nick", "doe").returncode == 0
        (shown,) = client.call("/", "history")["data"]
        assert (shown["name"], shown["message"]) == ("doe", "hej")
        assert received(client) == [shown]


def test_no_event_becomes_an_offset(server: LiveServer) -> None:
    memory = Memory()
    with WireClient(server.host, server.port, memory=memory) as client:
        assert list(client.connect("/", {})) == ["sid"]
        say(client, "12345")
        wait_received(client, "12345")
    assert memory.pid == {"/": None} and memory.offset == {}


def test_nothing_is_sent_again(server: LiveServer, connect: Connect) -> None:
    say(connect(), "before")
    with Proxy(server.port) as proxy:
        first = WireClient("127.0.0.1", proxy.port)
        first.connect("/", {})
        proxy.cut()
        say(connect(), "meanwhile")
        first.abort()
    second = connect()
    say(second, "after")
    wait_received(second, "after")
    assert received(second) == ["after"]


def test_a_message_is_on_disk_before_it_is_broadcast(make_server: MakeServer) -> None:
    server = make_server()
    with WireClient(server.host, server.port) as sender:
        sender.connect("/", {})
        with WireClient(server.host, server.port) as other:
            other.connect("/", {})
            sender.emit("/", SAY, {"name": "mos", "message": "hej", "time": 1})
            other.wait_event(SAY)
            server.kill()
    server.start()
    assert server.get("/chat").json["data"] == [{"name": "mos", "message": "hej", "time": 1}]


def test_what_guests_may_do_in_the_lobby(server: LiveServer, connect: Connect) -> None:
    owner = make_token(server, "the-owner", "owner")
    guest, user = connect(), connect(token=make_token(server, "mos"))
    server.patch("/chat/rooms/lobby", {"guests": "read"}, token=owner)
    (error,) = say(guest, "hej")["errors"]
    assert (error["status"], error["code"]) == (403, "members_only")
    say(user, "to all")
    wait_received(guest, "mos: to all")
    server.patch("/chat/rooms/lobby", {"guests": "none"}, token=owner)
    say(user, "among us")
    assert guest.call("/", "history")["errors"][0]["code"] == "members_only"
    assert said(guest) == ["mos: to all"]
    assert server.get("/chat").status == 403
    late = connect()
    assert "closed" in late.wait_event("notice")[0]["text"]
    say(user, "the last")
    wait_received(user, "the last")
    late.call("/", "history")
    assert said(late) == []


def test_posts_are_limited_which_is_shown(make_server: MakeServer) -> None:
    """F64: of a burst, what was refused is told by a message of `Server`, each time."""
    # As by default, but that on a slow machine no time passes for another post.
    server = make_server(rate_limits="on", rates="post=0.001/30")
    with WireClient(server.host, server.port) as client:
        client.connect("/", {})
        answers = [say(client, f"{n}") for n in range(40)]
        refused = [answer for answer in answers if "errors" in answer]
        assert refused and refused[0]["errors"][0]["code"] == "rate_limited"
        client.call("/", "history")  # It is answered after what was sent before.
        told = [payload for payload in received(client) if is_of_server(payload)]
        assert told == [f"Server: {answer['errors'][0]['detail']}" for answer in refused]
        stored = [answer["data"]["text"] for answer in answers if "data" in answer]
    assert server.get("/chat").json["data"] == stored


def test_a_server_without_a_lobby_says_so(make_server: MakeServer) -> None:
    server = make_server(rooms="attic")
    with WireClient(server.host, server.port) as client:
        client.connect("/", {})
        assert say(client, "hej")["errors"][0]["code"] == "not_found"
    assert server.get("/chat").status == 404
