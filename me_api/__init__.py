"""me-api: a personal JSON API with a realtime chat that loses nothing.

`create_app` is the only place that knows every feature.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import cast

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import click
from flask import Flask
from flask_cors import CORS
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from me_api import config, transport
from me_api.apidocs import routes as apidocs_routes
from me_api.auth.bans import Bans
from me_api.auth.token_usage import TokenUsage
from me_api.backup import cli as backup_cli
from me_api.chat import events as chat_events
from me_api.chat import routes as chat_routes
from me_api.chat import service as chat_service
from me_api.chat.access import RoomAccess
from me_api.chat.course import events as chat_course
from me_api.chat.course import typing as course_typing
from me_api.chat.course.room import CourseRooms
from me_api.chat.feed import ChatFeed, topic
from me_api.chat.presence import remote_events
from me_api.chat.presence.nodes import NodesPresence
from me_api.chat.presence.registry import PresenceRegistry
from me_api.chat.retention.pruner import Pruner
from me_api.chat.search.indexer import Indexer, make_index
from me_api.chat.user_data import MessagesOfUser, NicksInChat
from me_api.chat.websocket import routes as chat_websocket_routes
from me_api.chat.websocket.codecs import NATIVE
from me_api.cluster import Cluster
from me_api.cluster.alone import Alone
from me_api.cluster.node_name import default_name
from me_api.cluster.postgres import PostgresCluster
from me_api.concurrency import Loop, ThreadPools
from me_api.copying.cli import copy_database
from me_api.eventlog import EventLog
from me_api.eventlog.entry import Feed
from me_api.eventlog.statistics import LogStatistics
from me_api.extensions import db, migrate, socketio
from me_api.json import OrjsonProvider
from me_api.lessons import routes as lessons_routes
from me_api.lessons.library import Library
from me_api.mail import mailer
from me_api.markdown import renderer
from me_api.me import events as me_events
from me_api.me import routes as me_routes
from me_api.me.feed import PresentationFeed
from me_api.me.page import Page
from me_api.me.socketio_client import NAMES as CLIENT_FILES
from me_api.me.socketio_client import SocketIOClient
from me_api.metrics import Metrics, NodeNumbers
from me_api.metrics.histogram import Histogram
from me_api.moderation import routes as moderation_routes
from me_api.operations import routes as operations_routes
from me_api.operations.loop_lag import LoopLag
from me_api.operations.recent_log import RecentLog
from me_api.operations.service import ReadinessState
from me_api.rate_limits import RATE_LIMITS, RateLimiter, read_rates
from me_api.realtime import routes as realtime_routes
from me_api.realtime.admission import Admission
from me_api.realtime.connection import send_event
from me_api.realtime.connections import ConnectionManager
from me_api.realtime.events import NAMESPACES
from me_api.realtime.holders import Holders
from me_api.realtime.sse import EventStreams
from me_api.realtime.sse_subscriber import SseSource
from me_api.realtime.token_watch import TokenWatch
from me_api.recovery.service import Recovery
from me_api.reports import events as reports_events
from me_api.reports import routes as reports_routes
from me_api.reports.feed import ReportsFeed
from me_api.reports.user_data import ReportsOfUser
from me_api.rest import error_handlers, read_position, security
from me_api.rest.converters import AnyInteger, StorableText
from me_api.rest.origins import OriginPolicy
from me_api.storage import engines
from me_api.storage.commands import explain_failures
from me_api.storage.mark import path_of
from me_api.tokens import routes as tokens_routes
from me_api.transport import EventletLoop, SocketIOServer
from me_api.users import account_routes, admin_routes
from me_api.users import routes as users_routes

EXPOSED = ("ETag", "Link", "Location", "Retry-After", "X-Epoch", "X-Rev")
"""The headers of responses that pages of other origins may read."""
ROOT = Path(__file__).parent.parent
MAX_BODY = 1_000_000
"""The most bytes of a request body, or of a Socket.IO message."""
INPUT_BYTES = 33_554_432
"""The least that incomplete requests and messages may take in memory by default."""
BLUEPRINTS = (
    me_routes,
    lessons_routes,
    users_routes,
    tokens_routes,
    account_routes,
    admin_routes,
    reports_routes,
    chat_routes,
    chat_websocket_routes,
    moderation_routes,
    realtime_routes,
    operations_routes,
    apidocs_routes,
)
NAMESPACE_MODULES = (chat_events, chat_course, reports_events, me_events)
"""Imported and listed so that their handlers are declared before Flask-SocketIO is bound."""

# A queue is what is done in a few seconds, after which clients would give up. One thread is enough
# for what uses several cores by itself (hashing), or holds the GIL (export).
POOLS = {"hashing": (1, 60), "search": (2, 60), "export": (1, 60)}
"""The threads for each kind of slow work, and how many requests may wait for them."""

FEEDS: tuple[type[Feed], ...] = (ChatFeed, ReportsFeed, PresentationFeed)
"""What the log consists of."""
LEFT_OUT: dict[str, frozenset[str]] = {
    "all": frozenset(),
    "chat": frozenset({"me_page", "lessons", "reports"}),
    "api": frozenset({"me_page", "lessons", "chat", "moderation"}),
}
"""The features without interfaces, and whether the me-page is one, for each `ME_API_SERVE`."""
SSE_SOURCES = {
    ChatFeed.name: SseSource("message", chat_service.readable_topics),
    ReportsFeed.name: SseSource("report"),
    PresentationFeed.name: SseSource("me"),
}


def create_app(environ: Mapping[str, str] | None = None, instance: Path | None = None) -> Flask:
    """Create the application; raise `ConfigError` for an invalid setting."""
    instance = instance or ROOT / "instance"
    settings = config.load(os.environ if environ is None else environ, instance)
    policy = OriginPolicy(settings.cors_origins)
    loop = EventletLoop()
    app = Flask(__name__, instance_path=str(instance), static_folder=None)
    app.config.update(
        SETTINGS=settings,
        # One more, so that a chunked body that is truncated at the limit is known to be too long.
        MAX_CONTENT_LENGTH=MAX_BODY + 1,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engines.reader_options(settings.database_url, loop),
        CORS_ORIGINS=policy.cors_origins,
        # Sent with every response, whether its origin is allowed or not.
        CORS_VARY_HEADER=False,
        CORS_EXPOSE_HEADERS=[*EXPOSED, *(["X-Request-ID"] if settings.access_log != "off" else [])],
    )
    app.extensions["origins"] = policy
    app.extensions["loop"] = loop
    _bind_storage(app)
    _bind_services(app, settings, loop)
    left_out = LEFT_OUT[settings.serve]
    app.json = OrjsonProvider(app)
    error_handlers.init_app(app)
    app.url_map.converters.update(int=AnyInteger, default=StorableText)
    # Many front ends were written for Express, which ignores a slash at the end of a path.
    app.url_map.strict_slashes = False
    for feature in BLUEPRINTS:
        if _is_served(feature.__name__, left_out):
            app.register_blueprint(feature.blueprint)
    _bind_transport(app, settings, left_out)
    return app


def _is_served(module: str, left_out: frozenset[str]) -> bool:
    return not module.startswith(tuple(f"me_api.{feature}." for feature in left_out))


def _bind_storage(app: Flask) -> None:
    Path(app.instance_path).mkdir(mode=0o700, parents=True, exist_ok=True)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    commands = cast(click.Group, app.cli.commands["db"])
    explain_failures(commands)
    commands.add_command(copy_database)
    commands.add_command(backup_cli.new_epoch)
    app.cli.add_command(backup_cli.backup)
    with app.app_context():
        path = path_of(db.engine.url)
        if path is not None and not (folder := Path(path).parent).is_dir():
            raise config.ConfigError(f"ME_API_DATABASE_URL: there is no folder {folder}.")
        engines.make_read_only(db.engine)
        if db.engine.dialect.name == "postgresql":
            # Before the first connection is opened.
            transport.install_database_wait(db.engine.dialect.loaded_dbapi.waiting)


def _bind_services(app: Flask, settings: config.Settings, loop: EventletLoop) -> None:
    """Create what features share; each is reached by a proxy in the module that defines it."""
    cluster = app.extensions["cluster"] = _make_cluster(app, loop, settings)
    # Native WebSockets are counted like a namespace of their own.
    metrics = Metrics([*sorted(NAMESPACES), NATIVE], [*RATE_LIMITS, "connections", "rooms"])
    pools = ThreadPools(
        **{
            kind: loop.thread_pool(threads, queue, partial(metrics.refused_as_busy, kind))
            for kind, (threads, queue) in POOLS.items()
        }
    )
    with app.app_context():
        feeds: list[Feed] = [kind() for kind in FEEDS]
        log = EventLog(loop, db.engine, feeds, metrics.committed, cluster.process)
        index = make_index(log, db.engine, pools.search)
        pruner = Pruner(loop, log, db.engine)
        token_watch = TokenWatch(loop, db.engine)
        bans = Bans(db.engine, settings.jwt_secret)
    holders = Holders(log, bans, topic)
    connections = ConnectionManager(loop, log, Recovery(settings), token_watch, holders, cluster)
    if cluster.name:
        metrics.node.labels(cluster.name).set(1)
    if cluster.has_others:
        metrics.watch_node(partial(_node_numbers, cluster, log))
    for name, gauge in metrics.connections.items():
        gauge.set_function(partial(connections.count, name))
    metrics.waiting.set_function(lambda: log.long_polls)
    loop_lag = app.extensions["loop_lag"] = LoopLag(loop)
    _watch_log(metrics, log.statistics)
    metrics.watch_histogram(
        "me_api_loop_lag_seconds", "How late the event loop calls functions", loop_lag.seconds
    )
    app.extensions["pools"] = pools
    app.extensions["search_index"] = index
    app.extensions["indexer"] = Indexer(loop, log, index)
    app.extensions["mailer"] = mailer.make(loop, partial(metrics.refused_as_busy, "mail"))
    app.extensions["user_data"] = (MessagesOfUser(), ReportsOfUser())
    app.extensions["nick_use"] = NicksInChat()
    app.extensions["pruner"] = pruner
    app.extensions["renderer"] = renderer.make(loop, partial(metrics.refused_as_busy, "markdown"))
    app.extensions["token_watch"] = token_watch
    app.extensions["token_usage"] = TokenUsage()
    app.extensions["bans"] = bans
    app.extensions["holders"] = holders
    app.extensions["log"] = log
    log.source.on_access(RoomAccess(app, token_watch.check_users).follow)
    app.extensions["presence"] = _make_presence(loop, cluster)
    app.extensions["course_rooms"] = CourseRooms(loop)
    app.extensions["rate_limiter"] = RateLimiter(
        settings.rate_limits == "on", read_rates(settings.rates), metrics.count_refusal
    )
    app.extensions["connections"] = connections
    app.extensions["metrics"] = metrics
    if "me_page" in LEFT_OUT[settings.serve]:
        app.extensions["page"] = Page(None)
    else:
        app.extensions["page"] = Page()
    app.extensions["socketio_client"] = SocketIOClient()
    app.extensions["lessons"] = Library()
    app.extensions["readiness"] = ReadinessState()
    recent_log = app.extensions["recent_log"] = RecentLog()
    metrics.watch_counter(
        "me_api_logged_errors", "Errors that were logged", lambda: recent_log.errors
    )


def _watch_log(metrics: Metrics, measured: LogStatistics) -> None:
    metrics.watch_histogram(
        "me_api_commit_seconds",
        "Time of a transaction, until it was on disk",
        measured.commit_seconds,
    )
    metrics.watch_histogram(
        "me_api_publish_seconds",
        "Time from a commit until it was queued for all live subscribers",
        measured.publish_seconds,
    )
    metrics.watch_gauge(
        "me_api_commit_queue", "Changes that wait to be on disk", lambda: measured.waiting
    )
    metrics.watch_gauge(
        "me_api_storage_failing",
        "1 if nothing could be stored the last time, 0 if it could",
        lambda: measured.failing,
    )
    metrics.watch_counter(
        "me_api_replayed_changes",
        "Changes sent to subscribers that had missed them",
        lambda: measured.replayed,
    )
    metrics.watch_counter(
        "me_api_replay_pages_read",
        "Pages of missed changes read from the database, because they were not in memory",
        lambda: measured.pages_read,
    )


def _node_numbers(cluster: Cluster, log: EventLog) -> NodeNumbers:
    counts = log.commit_counts
    return NodeNumbers(
        cluster.lease_seconds, cluster.doorbell, log.lag, counts.again, counts.in_doubt
    )


def _make_presence(loop: Loop, cluster: Cluster) -> PresenceRegistry:
    if not cluster.has_others:
        return PresenceRegistry(loop, send_event)
    nodes = NodesPresence(loop, cluster)
    presence = PresenceRegistry(loop, send_event, nodes)
    nodes.members = presence.all_members
    remote_events.receive(loop, cluster, presence)
    course_typing.receive(cluster, presence)
    return presence


def _make_cluster(app: Flask, loop: Loop, settings: config.Settings) -> Cluster:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "postgresql":
        name = settings.node or default_name(Path(app.instance_path), settings.port)
        return PostgresCluster(loop, url, name, settings.jwt_secret, settings.redis_url)
    return Alone(settings.node)


def _bind_transport(app: Flask, settings: config.Settings, left_out: frozenset[str]) -> None:
    namespaces = {
        name: namespace
        for name, namespace in NAMESPACES.items()
        if _is_served(type(namespace).__module__, left_out)
    }
    app.extensions["namespaces"] = namespaces
    sources = {name: source for name, source in SSE_SOURCES.items() if name not in left_out}
    CORS(app)
    security.init_app(app)
    read_position.init_app(app)
    socketio.init_app(
        app,
        # Loggers by name: given False, both libraries print their errors a second time.
        logger=logging.getLogger("socketio"),
        engineio_logger=logging.getLogger("engineio"),
        # By then, `check_origin` has refused what is foreign.
        cors_allowed_origins="*",
        check_origin=app.extensions["origins"].check,
        direct_namespaces=namespaces,
        flask_paths=[f"/socket.io/{name}" for name in CLIENT_FILES],
        # Otherwise `/` is accepted without handlers.
        namespaces=sorted(namespaces),
        ping_interval=settings.ping_interval,
        ping_timeout=settings.ping_timeout,
        connect_timeout=settings.connect_timeout,
        max_http_buffer_size=MAX_BODY,
        http_compression=False,
        write_buffer_limit=settings.outbox_bytes,
        node=app.extensions["cluster"].name,
        input_limit=settings.input_bytes or max(INPUT_BYTES, 4 * settings.websocket_max_bytes),
    )
    server = app.extensions["socketio_server"] = cast(SocketIOServer, socketio.server)
    admission = Admission(
        app.extensions["rate_limiter"],
        server.eio.registry.addresses,
        settings.address_connections,
        app.extensions["metrics"].count_refusal,
    )
    server.eio.admit = admission.check
    app.extensions["admission"] = admission
    app.extensions["event_streams"] = EventStreams(app, server.eio.registry, sources)
    broadcast_seconds = Histogram()
    server.eio.registry.flusher.on_broadcast = broadcast_seconds.observe
    app.extensions["metrics"].watch_histogram(
        "me_api_broadcast_seconds",
        "Time until a broadcast was sent to the last of its recipients",
        broadcast_seconds,
    )
    app.extensions["metrics"].watch_labelled(
        "me_api_received",
        "Requests (cacheable GETs apart), events and messages of clients received",
        "interface",
        server.eio.registry.received.by_interface,
    )
    budget = server.eio.registry.input_budget
    app.extensions["metrics"].unfinished_input.set_function(lambda: budget.size)
    app.extensions["metrics"].streams.set_function(lambda: len(server.eio.registry.streams))
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
