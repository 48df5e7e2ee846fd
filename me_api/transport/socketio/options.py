"""The options of `SocketIO`: which of Flask-SocketIO's are supported, and the client manager."""

from __future__ import annotations

from typing import Any

import socketio
from flask import Flask
from flask import json as flask_json
from socketio.manager import Manager
from socketio.packet import Packet

from me_api.transport.socketio.rooms import RoomManager

DEFAULTS = {"connect_timeout": 45, "write_buffer_limit": 1_048_576, "input_limit": 33_554_432}
"""Options of this server alone: seconds, bytes for one client, bytes for all."""
PASSED = {
    *DEFAULTS,
    *("check_origin", "node"),
    *("logger", "engineio_logger", "async_handlers", "always_connect", "namespaces"),
    *("ping_interval", "ping_timeout", "max_http_buffer_size", "allow_upgrades", "transports"),
    *("http_compression", "compression_threshold", "cookie"),
    *("cors_allowed_origins", "cors_credentials"),
}
"""Options that are passed on as they are."""
FIXED = {
    "async_mode": (None, "eventlet"),
    "serializer": ("default",),
    "monitor_clients": (None, True),
}
"""Options that have only these values here."""
WHY = {
    "async_mode": "the engine runs on eventlet: leave async_mode out",
    "serializer": "clients are sent text packets: leave serializer out, and pass json= for JSON",
    "monitor_clients": "all clients are pinged by one timer: raise ping_timeout instead",
}


class UnsupportedError(NotImplementedError):
    """A part of Flask-SocketIO that the engine does not have; the text says what to do."""


def server_options(app: Flask, given: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the server, made of those of `SocketIO`.

    Raises `UnsupportedError` for a value that is not supported, `TypeError` for another option.
    """
    options = DEFAULTS | given
    for name, values in FIXED.items():
        if options.pop(name, values[0]) not in values:
            raise UnsupportedError(f"{name}={given[name]!r} is not supported: {WHY[name]}")
    manager = _client_manager(options)
    json = options.pop("json", None)
    if unknown := options.keys() - PASSED:
        # The stock server ignores them.
        raise TypeError(f"there is no option {', '.join(sorted(unknown))}")
    options["client_manager"] = manager
    if json is not None:
        # Each server has its own: the stock server changes that of the whole process.
        options["serializer"] = type("JsonPacket", (Packet,), {"json": _in_app(app, json)})
    return options


def take_path(options: dict[str, Any]) -> str:
    """Remove and return the path at which the server is exposed, without a slash before it."""
    given = [options.pop(name, None) for name in ("path", "resource")]
    path: str = given[0] or given[1] or "socket.io"
    return path.removeprefix("/")


def _client_manager(options: dict[str, Any]) -> Manager:
    """Return the manager that the options name, on top of ours."""
    url, channel = options.pop("message_queue", None), options.pop("channel", "flask-socketio")
    given = options.pop("client_manager", None)
    if given is None:
        return _queue_class(url)(url, channel=channel) if url else RoomManager()
    if not isinstance(given, Manager):
        raise UnsupportedError("client_manager has to be one of python-socketio's managers")
    given.__class__ = _with_rooms(type(given))
    return given


def _queue_class(url: str) -> type[Manager]:
    if url.startswith(("redis://", "rediss://")):
        return _with_rooms(socketio.RedisManager)
    if url.startswith("kafka://"):
        return _with_rooms(socketio.KafkaManager)
    return _with_rooms(socketio.ZmqManager if url.startswith("zmq") else socketio.KombuManager)


def _with_rooms(manager: type[Manager]) -> type[Manager]:
    """Return a class of a manager whose rooms, and what is sent to them, are ours."""
    if issubclass(RoomManager, manager):
        return RoomManager
    return type(manager.__name__, (manager, RoomManager), {})


def _in_app(app: Flask, json: Any) -> Any:
    """Return a module whose functions run in a context of the app, if it is Flask's."""
    if json is not flask_json:
        return json

    class FlaskJson:
        """Flask's JSON, which depends on the application."""

        @staticmethod
        def dumps(*args: Any, **options: Any) -> str:
            with app.app_context():
                return flask_json.dumps(*args, **options)

        @staticmethod
        def loads(*args: Any, **options: Any) -> Any:
            with app.app_context():
                return flask_json.loads(*args, **options)

    return FlaskJson
