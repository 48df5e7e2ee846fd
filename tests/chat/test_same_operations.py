"""REST and Socket.IO: the same operation has the same row, answer and event through both."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from me_api.auth.identity import guest_sender
from tests.chat.clients import ChatClient, Room, secret
from tests.chat.conftest import MakeRoom, MakeToken, Visit
from tests.support.packets import EVENT
from tests.support.server import LiveServer
from tests.support.wire import WireClient

TIMES = ("time", "edited", "deleted", "created", "updated")
weeks = itertools.count(100)

EVENTS = {"messages": "message", "reports": "report"}

Act = Callable[["Scene"], Any]


@dataclass
class Scene:
    """An actor with both interfaces, clients that watch, and the row that an operation writes."""

    server: LiveServer
    room: Room
    actor: ChatClient
    reporter: WireClient
    watchers: list[WireClient]
    auth: dict[str, str]
    token: str
    week: int

    def clients(self, table: str) -> list[WireClient]:
        """Return all clients that receive a change, the actor among them."""
        return {
            "messages": [*self.watchers[:2], self.actor],
            "reports": [*self.watchers[2:], self.reporter],
        }[table]

    def row(self, table: str) -> dict[str, Any]:
        """Return the row that is stored."""
        place = {
            "messages": f"room_id = (SELECT id FROM rooms WHERE name = '{self.room.name}')",
            "reports": f"week = {self.week}",
        }[table]
        (row,) = self.server.query(f"SELECT * FROM {table} WHERE {place}")
        return dict(row._mapping)


def rest_post(scene: Scene) -> Any:
    return scene.room.post("hej åäö", key="k", nick=scene.auth["nick"], guest=scene.auth["guest"])


def socket_post(scene: Scene) -> Any:
    return scene.actor.do("post", room=scene.room.name, text="hej åäö", key="k")


def rest_edit(scene: Scene) -> Any:
    rest_post(scene)
    return scene.room.edit(1, "edited", guest=scene.auth["guest"])


def socket_edit(scene: Scene) -> Any:
    socket_post(scene)
    return scene.actor.do("edit", room=scene.room.name, id=1, text="edited")


def rest_delete(scene: Scene) -> Any:
    rest_post(scene)
    return scene.room.delete(1, guest=scene.auth["guest"])


def socket_delete(scene: Scene) -> Any:
    socket_post(scene)
    return scene.actor.do("delete", room=scene.room.name, id=1)


def report(scene: Scene) -> dict[str, Any]:
    return {"week": scene.week, "title": "En vecka", "text": "*hej* åäö"}


def rest_save(scene: Scene) -> Any:
    return scene.server.post("/reports", report(scene), token=scene.token)


def socket_save(scene: Scene) -> Any:
    return scene.reporter.call("/reports", "save", report(scene))


ACTS = {
    "post": ("messages", rest_post, socket_post),
    "edit": ("messages", rest_edit, socket_edit),
    "delete": ("messages", rest_delete, socket_delete),
    "save": ("reports", rest_save, socket_save),
}


@pytest.fixture
def set_scene(
    server: LiveServer, make_room: MakeRoom, visit: Visit, make_user: MakeToken, fresh
) -> Iterator[Callable[[], Scene]]:
    """Return a function that makes scenes that differ in names only."""
    token, clients = make_user(fresh("author")), []

    def reports(**auth: str) -> WireClient:
        client = WireClient(server.host, server.port)
        clients.append(client)
        client.connect("/reports", auth)
        client.wait_event("ready")
        return client

    def make() -> Scene:
        room, auth = make_room(), {"nick": fresh("actor"), "guest": secret()}
        watchers = [visit(room, nick=fresh("watcher")), visit(room), reports()]
        actor, reporter = visit(room, **auth), reports(token=token)
        week = next(weeks)
        return Scene(server, room, actor, reporter, watchers, auth, token, week)

    yield make
    for client in clients:
        client.abort()


def outcome(scene: Scene, table: str, act: Act) -> dict[str, Any]:
    """Return the answer, the row and the number of events, without what cannot be the same."""
    answer = act(scene)
    body = answer if isinstance(answer, dict) else answer.json
    received = [events(client, EVENTS[table], body["data"]) for client in scene.clients(table)]
    assert all(each == received[0] for each in received), "all clients receive the same"
    row = plain(scene, scene.row(table))
    return {"body": plain(scene, body), "row": row, "events": len(received[0])}


def events(client: WireClient, name: str, data: dict[str, Any]) -> list[Any]:
    """Wait for the event of an answer and return all events of its name."""
    wanted = client.wait_event(name, lambda body, _: body["rev"] == data["rev"])
    assert wanted == [data, str(data["rev"])], "the event is the answer, and its position"
    return [
        packet.data for packet in client.packets if packet.type == EVENT and packet.data[0] == name
    ]


def plain(scene: Scene, value: dict[str, Any]) -> Any:
    """Replace what must differ between two scenes, and only that, by a placeholder."""
    names = {scene.room.name: "ROOM", scene.auth["nick"]: "NICK", scene.week: "WEEK"}
    names[guest_sender(scene.auth["guest"])] = "SENDER"
    if "data" in value:
        return {**value, "data": plain(scene, value["data"])}
    once = {"rev", "born", "room_id", "id", "fingerprint", *TIMES}
    return {k: bool(v) if k in once else names.get(v, v) for k, v in value.items()}


@pytest.mark.parametrize("name", ACTS)
def test_the_same_act_through_each_door(set_scene: Callable[[], Scene], name: str) -> None:
    table, rest, socket = ACTS[name]
    over_rest, over_socket = (outcome(set_scene(), table, act) for act in (rest, socket))
    assert over_rest == over_socket
