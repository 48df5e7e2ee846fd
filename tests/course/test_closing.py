"""The lobby is closed to guests and reopened while the course's clients are connected."""

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chat.clients import make_token
from tests.conftest import MakeServer
from tests.course.conftest import Connect, said, say, wait_received
from tests.support.packets import CONNECT
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient

CLOSED = "The lobby is closed to guests."

SetGuests = Callable[[str], None]


@pytest.fixture
def owner(server: LiveServer) -> str:
    """Return a token of the site's owner."""
    return make_token(server, "the-owner", "owner")


@pytest.fixture
def set_guests(server: LiveServer, owner: str) -> SetGuests:
    """Return a function that sets what guests may do in the lobby."""

    def change(guests: str) -> None:
        reply = server.patch("/chat/rooms/lobby", {"guests": guests}, token=owner)
        assert reply.status == 200, reply.json

    return change


def notices(client: WireClient) -> list[str]:
    """Return the texts of the notices that a client has received."""
    return [event[1]["text"] for event in client.events("/") if event[0] == "notice"]


@pytest.mark.parametrize("opened", ["post", "read"])
def test_clients_are_notified_when_it_closes_and_receive_again_when_it_opens(
    connect: Connect, owner: str, set_guests: SetGuests, opened: str
) -> None:
    user, early = connect(token=owner), connect()
    for guests in ("none", "none", opened, opened, "none", opened):
        set_guests(guests)
        say(user, f"said at {guests}")
        if guests == "none":
            assert say(early, "hej")["errors"][0]["code"] == "members_only"
    early.call("/", "history")
    assert said(early) == [f"the-owner: said at {opened}"] * 3
    assert notices(early) == [CLOSED] * 2
    assert notices(user) == []


def test_a_client_that_connects_while_it_is_closed_receives_once_it_is_open(
    connect: Connect, owner: str, set_guests: SetGuests
) -> None:
    user = connect(token=owner)
    set_guests("none")
    late, lost = connect(), connect()
    for client in (late, lost):
        client.wait_event("notice", lambda body: body["text"] == CLOSED)
    say(user, "among us")
    set_guests("none")
    lost.abort()
    set_guests("post")
    assert notices(late) == [CLOSED]
    message = say(late, "hej")["data"]
    wait_received(late, "hej")
    wait_received(user, "guest: hej")
    say(user, {"message": "hej", "time": message["time"]})
    assert say(late, "the last")["data"]["id"] == message["id"] + 2
    assert said(late) == ["hej", "the-owner: hej", "the last"]
    assert notices(late) == [CLOSED]


def test_without_a_lobby_clients_are_notified_and_receive_once_there_is_one(
    make_server: MakeServer,
) -> None:
    server = make_server(rooms="attic")
    token = make_token(server, "mos")
    with (
        WireClient(server.host, server.port) as guest,
        WireClient(server.host, server.port) as user,
    ):
        guest.connect("/")
        user.connect("/", {"token": token})
        for client in (guest, user):
            client.wait_event("notice")
            assert notices(client) == ["There is no room 'lobby'."]
        for name, guests in (("cellar", "post"), ("lobby", "none")):
            body = {"name": name, "guests": guests}
            assert server.post("/chat/rooms", body, token=token).status == 201
        say(user, "hej")
        assert say(guest, "hej")["errors"][0]["code"] == "members_only"
        assert (said(user), said(guest)) == (["hej"], [])


class TestArriving:
    """The lobby is closed and reopened to clients that are not live yet."""

    @pytest.fixture
    def server(self, make_server: MakeServer) -> LiveServer:
        """Start a server on which the course's clients do not go live."""
        return make_server(entry="held_clients")

    @pytest.fixture
    def slow(self, server: LiveServer) -> Iterator[WireClient]:
        """Connect a client that is not live before `let_in`."""
        with WireClient(server.host, server.port) as client:
            client.start_connect("/")
            client.wait_packet(lambda packet: packet.type == CONNECT)
            yield client

    def test_a_room_closed_meanwhile_is_not_read(
        self, server: LiveServer, owner: str, slow: WireClient, set_guests: SetGuests
    ) -> None:
        set_guests("none")
        post(server, owner, "among us")
        let_in(server)
        post(server, owner, "among us, too")
        assert slow.call("/", "history")["errors"][0]["code"] == "members_only"
        assert (said(slow), notices(slow)) == ([], [CLOSED])
        set_guests("post")
        say(slow, "hej")
        assert said(slow) == ["hej"]

    def test_closed_and_opened_meanwhile(
        self, server: LiveServer, owner: str, slow: WireClient, set_guests: SetGuests
    ) -> None:
        set_guests("none")
        post(server, owner, "among us")
        set_guests("post")
        post(server, owner, "to all")
        let_in(server)
        say(slow, "hej")
        texts = [text if isinstance(text, str) else text["message"] for text in said(slow)]
        assert (texts, notices(slow)) == (["to all", "hej"], [])

    def test_open_all_the_time(
        self, server: LiveServer, owner: str, slow: WireClient, set_guests: SetGuests
    ) -> None:
        post(server, owner, "to all")
        set_guests("read")
        let_in(server)
        slow.call("/", "history")
        assert [message["message"] for message in said(slow)] == ["to all"]

    def test_a_client_that_has_gone_meanwhile_is_forgotten(
        self, server: LiveServer, slow: WireClient, set_guests: SetGuests
    ) -> None:
        for guests in ("none", "post"):
            set_guests(guests)
        slow.abort()
        wait_until(lambda: "waited" in server.log)
        set_guests("none")
        server.stop()
        assert "hidden: 0" in server.log


def let_in(server: LiveServer) -> None:
    """Make the server take the waiting clients live."""
    assert server.process is not None
    server.process.send_signal(signal.SIGUSR1)


def post(server: LiveServer, token: str, text: str) -> Any:
    """Post a text to the lobby, as the owner."""
    return server.post("/chat/rooms/lobby/messages", {"text": text}, token=token)
