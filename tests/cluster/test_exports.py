"""An export that one node sends ends when another node has ended the rights of its caller."""

import secrets

from tests.chat.clients import Room
from tests.cluster.conftest import Nodes, at, make_token
from tests.moderation.endings import Access, Ending, check_export_is_cut, every_ending
from tests.support.server import LiveServer
from tests.support.wait import wait_until


@every_ending
def test_it_is_cut_off(
    nodes: Nodes, two: tuple[LiveServer, LiveServer], room: Room, ending: Ending
) -> None:
    node = nodes.start("exporter", entry="held_export_pages")
    for text in ("one", "two"):
        last = room.say(text)["id"]
    wait_until(lambda: at(node, room).get().json["data"]["last_id"] == last, what="both messages")
    user = Access.of(two[0], make_token(two[0], f"exporter-{secrets.token_hex(4)}"))
    owner = make_token(two[0], "owner", "owner")
    check_export_is_cut(node, two[0], room, ending, user, owner)
