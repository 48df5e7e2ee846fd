"""A caller is banned, or a room closed or deleted, while what the caller opens is not open yet."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.chat.clients import CHAT, ChatClient, Room, make_token, secret
from tests.conftest import StartServer
from tests.moderation.banning import ban
from tests.moderation.ways_in import WAYS_IN, Guest, WayIn, by_stream, everything
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import Memory

Cause = Callable[[LiveServer, Guest, str], None]


def ban_from_room(server: LiveServer, guest: Guest, owner: str) -> None:
    ban(server, owner, message={"room": guest.room.name, "id": 1}, room=guest.room.name)


def close_room(server: LiveServer, guest: Guest, owner: str) -> None:
    assert server.patch(guest.room.url, {"guests": "none"}, token=owner).status == 200


def delete_room(server: LiveServer, guest: Guest, owner: str) -> None:
    assert server.delete(guest.room.url, token=owner).status == 204


CAUSES: dict[Cause, str] = {
    ban_from_room: "banned",
    close_room: "members_only",
    delete_room: "room_deleted",
}


@pytest.fixture(scope="module")
def moderated_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server that holds what is opened, in place of the one that all other tests share."""
    made = start_server("opening", entry="held_opening")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def owner(moderated_server: LiveServer) -> str:
    """Return a token of the owner of that server."""
    return make_token(moderated_server, "the-owner", "owner")


@pytest.fixture
def guest(server: LiveServer, room: Room, fresh: Callable[[str], str]) -> Iterator[Guest]:
    """Return a guest who has written in a room, and has a session in it."""
    auth, memory = {"nick": fresh("spammer"), "guest": secret()}, Memory()
    room.say("buy", **auth)
    with ChatClient(server, memory) as client:
        client.connect(CHAT, auth)
        client.join(room)
    with ChatClient(server) as connected:
        connected.connect(CHAT, auth)
        yield Guest(room, auth, memory, connected)


@contextmanager
def held(server: LiveServer, enter: Callable[[Guest], Any], guest: Guest) -> Iterator[Any]:
    """Enter a room, which is held until the context ends; yield the future of what it returns."""
    hold, before = server.folder / "hold", server.log.count("held")
    hold.touch()
    with ThreadPoolExecutor(1) as thread:
        try:
            opening = thread.submit(enter, guest)
            wait_until(lambda: server.log.count("held") > before, what="the entering")
            yield opening
        finally:
            hold.unlink()


@pytest.mark.parametrize("enter", WAYS_IN)
@pytest.mark.parametrize("cause", CAUSES)
def test_what_is_opened_after_its_checks_is_refused(
    server: LiveServer, owner: str, guest: Guest, enter: WayIn, cause: Cause
) -> None:
    with held(server, enter, guest) as opening:
        cause(server, guest, owner)
    assert opening.result() == CAUSES[cause]


def test_a_stream_that_is_opened_after_a_ban_from_the_site_is_closed(
    server: LiveServer, owner: str, guest: Guest
) -> None:
    with held(server, by_stream, guest) as opening:
        ban(server, owner, message={"room": guest.room.name, "id": 1})
    assert opening.result() == "banned"


@pytest.mark.parametrize("cause", CAUSES)
def test_the_stream_of_everything_is_opened_without_the_room(
    server: LiveServer, owner: str, guest: Guest, cause: Cause
) -> None:
    with held(server, everything, guest) as opening:
        cause(server, guest, owner)
        if cause is not delete_room:
            assert guest.room.post("hidden", token=owner).status == 201
        Room(server, "lobby").say("shown", nick="somebody else")
    assert set(opening.result()) == {"lobby"}
