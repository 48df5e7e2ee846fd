"""Adds the chat to an application."""

from __future__ import annotations

import click
from flask import Flask

from me_api.chat import cli, events, purge, room_cli, routes, service
from me_api.chat.access_watch import AccessWatch
from me_api.chat.course import events as course_events
from me_api.chat.course import typing as course_typing
from me_api.chat.course.room import CourseRooms
from me_api.chat.feed import ChatFeed
from me_api.chat.presence import remote_events
from me_api.chat.presence.nodes import NodesPresence
from me_api.chat.presence.registry import PresenceRegistry
from me_api.chat.retention import cli as retention_cli
from me_api.chat.retention.pruner import Pruner
from me_api.chat.search.indexer import Indexer, make_index
from me_api.chat.user_data import MessagesOfUser, NicksInChat
from me_api.chat.websocket import routes as websocket_routes
from me_api.cluster import Cluster
from me_api.concurrency import Loop
from me_api.eventlog import retry
from me_api.extensions import db
from me_api.realtime.connection import send_event
from me_api.realtime.setup import serve_feed, serve_namespace
from me_api.realtime.sse_subscriber import SseSource

COMMANDS = (
    cli.say,
    cli.export_room,
    cli.join,
    room_cli.room,
    retention_cli.retention,
    retention_cli.prune,
)


def init_services(app: Flask) -> None:
    """Create what keeps the messages, and what others use: also where the chat is not served."""
    loop, log = app.extensions["loop"], app.extensions["log"]
    with app.app_context():
        readers = db.engine
    index = app.extensions["search_index"] = make_index(
        log, readers, app.extensions["pools"].search
    )
    app.extensions["indexer"] = Indexer(loop, log, index)
    app.extensions["pruner"] = Pruner(loop, log, readers)
    app.extensions["presence"] = _make_presence(loop, app.extensions["cluster"])
    app.extensions["course_rooms"] = CourseRooms(loop)
    app.extensions["user_data"].append(MessagesOfUser())
    app.extensions["nick_use"] = NicksInChat()
    log.source.on_access(AccessWatch(app, app.extensions["token_watch"].check_users).follow)


def init_app(app: Flask) -> None:
    """Serve the chat, and add `flask chat`."""
    app.register_blueprint(routes.blueprint)
    app.register_blueprint(websocket_routes.blueprint)
    serve_namespace(app, events.namespace)
    serve_namespace(app, course_events.namespace)
    serve_feed(app, ChatFeed.name, SseSource("message", service.readable_topics))
    app.cli.add_command(click.Group("chat", COMMANDS, help="Messages of the chat."))


def start(app: Flask) -> None:
    """Share presence with other nodes; in the background, index messages, and remove old ones.

    A purge that the end of a process has interrupted is finished.
    """
    app.extensions["presence"].shared.start()
    # Not waited for: after an upgrade it may index all messages anew.
    app.extensions["loop"].spawn(app.extensions["indexer"].start)
    app.extensions["loop"].spawn(app.extensions["pruner"].start)
    retry.until_success(app.extensions["loop"], purge.UNFINISHED, purge.finish_purges)


def _make_presence(loop: Loop, cluster: Cluster) -> PresenceRegistry:
    if not cluster.has_others:
        return PresenceRegistry(loop, send_event)
    nodes = NodesPresence(loop, cluster)
    presence = PresenceRegistry(loop, send_event, nodes)
    nodes.members = presence.all_members
    remote_events.receive(loop, cluster, presence)
    course_typing.receive(cluster, presence)
    return presence
