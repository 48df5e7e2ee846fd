"""One address floods through every interface: the others do not notice (F21)."""

from datetime import datetime
from itertools import cycle

import pytest

from tests.chat.clients import Room, make_token
from tests.conftest import MakeServer
from tests.limits.conftest import MakeSender
from tests.limits.senders import KINDS, NativeSender, Sender, SocketSender, refusals
from tests.support.server import LiveServer

ABUSER, OTHER = "2001:db8::bad:1", "192.0.2.7"
PER_SECOND, BURST = 5, 60
RATES = f"address_post={PER_SECOND}/{BURST}"
POSTS = 20


def seconds(server: LiveServer) -> list[float]:
    """Return when each message of the abuser was stored."""
    found: list[float] = []
    page = {"rev": 0, "more": True}
    while page["more"]:
        page = Room(server, "lobby").changes(page["rev"], "limit=200")
        found += [
            datetime.fromisoformat(message["time"]).timestamp()
            for message in page["data"]
            if message["text"] == "spam"
        ]
    return found


def test_one_address_stores_at_most_its_rate_through_all_interfaces_together(
    make_limited: MakeServer, open_sender: MakeSender
) -> None:
    server = make_limited(rates=RATES)
    codes: list[str] = []
    for number, kind in zip(range(40), cycle(KINDS), strict=False):
        # Each has a name of its own, and an address of its own in the same /64.
        name = {} if number % 3 else {"guest": f"{number:022}"}
        sender = open_sender(kind, server, f"{ABUSER}{number}", nick=f"nick{number}", **name)
        codes += sender.codes(["spam"] * POSTS)
    stored = seconds(server)
    assert len(stored) == codes.count("")
    assert set(codes) == {"", "rate_limited"}
    assert BURST <= len(stored) <= BURST + PER_SECOND * (stored[-1] - stored[0] + 1)
    for first in stored:
        within = [moment for moment in stored if first <= moment <= first + 10]
        assert len(within) <= BURST + 10 * PER_SECOND
    assert refusals(server)["address_post"] == codes.count("rate_limited")


@pytest.mark.parametrize("kind", KINDS)
def test_the_others_do_not_notice(
    make_limited: MakeServer, open_sender: MakeSender, kind: type[Sender]
) -> None:
    """Another address, and those with an account at the same address, go on writing."""
    server = make_limited(rates="address_post=0.01/20")
    token = make_token(server, "anna")
    abusers = [open_sender(NativeSender, server, ABUSER, nick=f"nick{n}") for n in range(3)]
    for abuser in abusers:
        abuser.codes(["spam"] * POSTS)
    assert abusers[-1].codes(["spam"]) == ["rate_limited"]
    assert open_sender(kind, server, ABUSER, nick="late").codes(["hej"]) == ["rate_limited"]
    assert open_sender(kind, server, OTHER, nick="bo").codes(["hej"] * 10) == [""] * 10
    # The course's namespace takes any nick: there it is the token that counts.
    assert open_sender(kind, server, ABUSER, token=token).codes(["hej"] * 10) == [""] * 10


def test_a_user_is_one_sender_at_every_address(
    make_limited: MakeServer, open_sender: MakeSender
) -> None:
    server = make_limited(rates="post=0.01/30")
    token = make_token(server, "anna")
    codes: list[str] = []
    for number, kind in enumerate(KINDS):
        sender = open_sender(kind, server, f"192.0.2.{number}", token=token)
        codes += sender.codes(["hej"] * 10)
    assert codes == [""] * 30 + ["rate_limited"] * 10


def test_edits_deletions_and_commands_count_too(
    make_limited: MakeServer, open_sender: MakeSender
) -> None:
    server = make_limited(rates="address_post=0.01/5")
    sender = open_sender(SocketSender, server, ABUSER, nick="anna", guest="g" * 22)
    assert sender.codes(["hej", "/me waves", "/help"]) == [""] * 3
    chat = sender.client  # type: ignore[attr-defined]
    assert "data" in chat.call("/chat", "edit", {"room": "lobby", "id": 1, "text": "nej"})
    assert "data" in chat.call("/chat", "delete", {"room": "lobby", "id": 1})
    refused = [
        chat.call("/chat", "edit", {"room": "lobby", "id": 2, "text": "nej"}),
        chat.call("/chat", "delete", {"room": "lobby", "id": 2}),
    ]
    assert [body["errors"][0]["code"] for body in refused] == ["rate_limited"] * 2
    assert all(body["retry_after"] >= 1 for body in refused)


def test_an_address_without_a_proxy_cannot_be_invented(make_server: MakeServer) -> None:
    server = make_server(rate_limits="on", rates="address_post=0.01/5")
    codes = [
        server.post(
            "/chat/rooms/lobby/messages",
            {"nick": f"nick{number}", "text": "hej"},
            headers={"X-Forwarded-For": f"192.0.2.{number}"},
        ).status
        for number in range(10)
    ]
    assert codes == [201] * 5 + [429] * 5
