"""Runs the server with what clients open held after all checks, before it is registered.

While the file `hold` exists in the server's folder, nothing goes on: no stream or long-poll, no
native WebSocket, no room that is joined, no session that is resumed, no client of the course.
"""

import os
from pathlib import Path

import eventlet

import app
from me_api.chat.course.namespace import CourseNamespace
from me_api.chat.websocket.handler import ChatHandler
from me_api.realtime.connection import Connection
from me_api.realtime.connections import ConnectionManager
from me_api.realtime.sse import EventStreams
from me_api.realtime.watched_wait import WatchedWait

HOLD = Path(os.environ["TESTS_FOLDER"]) / "hold"


def held(function):
    """Return a function that waits as long as the file exists."""

    def call(*args, **options):
        if HOLD.exists():
            print("held", flush=True)
        while HOLD.exists():
            eventlet.sleep(0.005)
        return function(*args, **options)

    return call


EventStreams.open = held(EventStreams.open)
WatchedWait.wait = held(WatchedWait.wait)
ChatHandler.on_open = held(ChatHandler.on_open)
Connection.save_topic = held(Connection.save_topic)
ConnectionManager._admit = held(ConnectionManager._admit)
CourseNamespace.check_scope = held(CourseNamespace.check_scope)
app.main()
