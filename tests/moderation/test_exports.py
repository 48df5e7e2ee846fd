"""An export that is being sent ends when its caller may not read the room any more."""

from collections.abc import Callable, Iterator

import pytest

from tests.chat.clients import Room, make_token
from tests.conftest import StartServer
from tests.moderation.endings import Access, Ending, check_export_is_cut, every_ending
from tests.support.server import LiveServer


@pytest.fixture(scope="module")
def moderated_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server whose exports can be held, in place of the one that all other tests share."""
    made = start_server("exports", entry="held_export_pages")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def owner(moderated_server: LiveServer) -> str:
    """Return a token of the owner of that server."""
    return make_token(moderated_server, "the-owner", "owner")


@every_ending
def test_it_is_cut_off(
    server: LiveServer, room: Room, owner: str, fresh: Callable[[str], str], ending: Ending
) -> None:
    for text in ("one", "two"):
        room.say(text)
    user = Access.of(server, make_token(server, fresh("exporter")))
    check_export_is_cut(server, server, room, ending, user, owner)
