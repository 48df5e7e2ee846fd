"""`socketio.server.manager`, whose methods are those of python-socketio's client manager."""

from typing import Any

import pytest
import socketio as python_socketio
from flask import Flask
from flask import json as flask_json

from me_api.transport import SocketIO, SocketIOTestClient, extension
from me_api.transport.socketio.options import _queue_class
from me_api.transport.socketio.rooms import RoomManager


@pytest.fixture
def app() -> Flask:
    return Flask("manager")


class World:
    """A server without handlers, two clients, and their sids."""

    def __init__(self, app: Flask) -> None:
        self.socketio = SocketIO(app, namespaces="*")
        self.server = self.socketio.server
        self.manager: RoomManager = self.server.manager
        self.one = self.socketio.test_client(app)
        self.two = self.socketio.test_client(app)
        self.sids = [
            self.manager.sid_from_eio_sid(client.eio_sid, "/") for client in (self.one, self.two)
        ]


@pytest.fixture
def world(app: Flask) -> World:
    return World(app)


def names(client: SocketIOTestClient) -> list[str]:
    return [event["name"] for event in client.get_received()]


def test_the_ids_of_a_client(world: World) -> None:
    for client, sid in zip((world.one, world.two), world.sids, strict=True):
        assert sid is not None
        assert world.manager.eio_sid_from_sid(sid, "/") == client.eio_sid
    assert world.manager.eio_sid_from_sid("nobody", "/") is None
    assert world.manager.sid_from_eio_sid("nobody", "/") is None
    assert world.manager.sid_from_eio_sid(world.one.eio_sid, "/elsewhere") is None


def test_who_is_in_a_room(world: World) -> None:
    one, two = world.sids
    world.server.enter_room(one, "a")
    assert list(world.manager.get_participants("/", "a")) == [(one, world.one.eio_sid)]
    everybody = [(one, world.one.eio_sid), (two, world.two.eio_sid)]
    assert list(world.manager.get_participants("/", None)) == everybody
    assert list(world.manager.get_participants("/", "b")) == []


def test_rooms_that_cannot_be_entered(world: World) -> None:
    one, two = world.sids
    with pytest.raises(ValueError, match="sid is not connected to requested namespace"):
        world.server.enter_room("nobody", "a")
    with pytest.raises(ValueError, match="cannot enter a sid room"):
        world.server.enter_room(one, two)
    world.server.enter_room(one, one)  # There it is already.
    world.server.enter_room(one, "a")
    assert world.server.rooms(one) == [one, "a"]
    assert world.server.rooms(two) == [two]


def test_each_client_that_is_not_skipped_is_asked(world: World) -> None:
    answers: list[Any] = []
    world.server.emit("ask", skip_sid=world.sids[0], callback=answers.append)
    assert (names(world.one), names(world.two)) == ([], ["ask"])
    world.two._send(world.server.packet_class(3, ["yes"], namespace="/", id=1))
    assert answers == ["yes"]


def test_a_client_is_removed_from_its_rooms(world: World) -> None:
    one, two = world.sids
    for sid in (one, two):
        world.server.enter_room(sid, "a")
    world.manager.basic_disconnect(one, "/")
    world.manager.basic_disconnect(one, "/")  # It is gone already.
    assert [sid for sid, _ in world.manager.get_participants("/", "a")] == [two]
    assert world.manager.eio_sid_from_sid(one, "/") is None


def test_what_waits_for_the_answer_of_a_resumed_client_stays(world: World) -> None:
    """A client that has resumed its session has the sid of the connection before."""
    (peer, *_) = world.server.peers.values()
    world.server.emit("ask", to=peer.sid, callback=print)
    before = world.manager.peer(peer.sid, "/")
    assert before is peer
    resumed = type(peer)(world.two._socket, peer.sid, "/", world.server.context)
    world.manager.add(resumed)
    world.manager.remove(peer)
    assert world.manager.peer(peer.sid, "/") is resumed
    assert peer.sid in world.manager.callbacks
    world.manager.remove(resumed)
    assert peer.sid not in world.manager.callbacks


def test_a_message_queue_has_no_test_client(app: Flask) -> None:
    class Queue(python_socketio.PubSubManager):
        """A message queue that is connected to nothing."""

        def initialize(self) -> None: ...

    socketio = SocketIO(app, client_manager=Queue())
    with pytest.raises(RuntimeError, match="cannot be used with a message queue"):
        socketio.test_client(app)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("redis://x", "RedisManager"),
        ("rediss://x", "RedisManager"),
        ("kafka://x", "KafkaManager"),
        ("zmq+tcp://x", "ZmqManager"),
        ("amqp://x", "KombuManager"),
    ],
)
def test_the_kinds_of_message_queues(url: str, kind: str) -> None:
    chosen = _queue_class(url)
    assert issubclass(chosen, (getattr(python_socketio, kind))) and issubclass(chosen, RoomManager)
    assert chosen.emit is not RoomManager.emit, "the queue is on top"


def test_the_channel_of_a_message_queue(app: Flask) -> None:
    url = "redis://127.0.0.1:1"
    assert SocketIO(app, message_queue=url).server.manager.channel == "flask-socketio"
    assert SocketIO(app, message_queue=url, channel="mine").server.manager.channel == "mine"


def test_json_of_flask_writes_with_the_application(app: Flask) -> None:
    app.json.sort_keys = True  # type: ignore[attr-defined]
    socketio = SocketIO(app, json=flask_json)
    assert socketio.server.packet_class.json.dumps({"b": 1, "a": 2}) == '{"a": 2, "b": 1}'


def test_the_port_of_the_server_name(app: Flask) -> None:
    assert extension._default_port(app) == extension.PORT
    app.config["SERVER_NAME"] = "me.example:8000"
    assert extension._default_port(app) == 8000
    app.config["SERVER_NAME"] = "me.example"
    assert extension._default_port(app) == extension.PORT


def test_files_that_are_watched_are_passed_to_the_reloader(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []
    monkeypatch.setattr(extension, "run_with_reloader", lambda _, **options: called.append(options))
    SocketIO(app).run(app, use_reloader=True, extra_files=["a"], reloader_options={"interval": 2})
    assert called == [{"interval": 2, "extra_files": ["a"]}]


def test_where_an_application_listens_and_whether_it_logs(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []
    monkeypatch.setattr(
        extension, "serve_application", lambda *args, **options: called.append((args[3:], options))
    )
    socketio = SocketIO(app)
    socketio.run(app)
    socketio.run(app, host="::1", port=8000, log_output=True)
    socketio.run(app, debug=True, use_reloader=False, allow_unsafe_werkzeug=True)
    assert called == [
        (("127.0.0.1", 5000), {"access_log": False}),
        (("::1", 8000), {"access_log": True}),
        (("127.0.0.1", 5000), {"access_log": True}),
    ]
