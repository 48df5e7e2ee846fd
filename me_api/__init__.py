"""me-api: a personal JSON API with a realtime chat that loses nothing.

`create_app` is the only place that knows every feature.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

from flask import Flask

from me_api import config

# Under names of their own: `auth` here would replace the package `me_api.auth`.
from me_api.apidocs import setup as apidocs_setup
from me_api.auth import setup as auth_setup
from me_api.backup import setup as backup_setup
from me_api.chat import setup as chat_setup
from me_api.chat.feed import ChatFeed, topic
from me_api.chat.websocket.codecs import NATIVE
from me_api.cluster import setup as cluster_setup
from me_api.concurrency import ThreadPools
from me_api.copying import setup as copying_setup
from me_api.eventlog import Feed
from me_api.eventlog import setup as eventlog_setup
from me_api.json import OrjsonProvider
from me_api.lessons import setup as lessons_setup
from me_api.mail import setup as mail_setup
from me_api.markdown import setup as markdown_setup
from me_api.me import setup as me_setup
from me_api.me.feed import PresentationFeed
from me_api.me.socketio_client import NAMES as CLIENT_FILES
from me_api.metrics import setup as metrics_setup
from me_api.moderation import setup as moderation_setup
from me_api.operations import setup as operations_setup
from me_api.rate_limits import RATE_LIMITS, RateLimiter, read_rates
from me_api.realtime import setup as realtime_setup
from me_api.realtime.events import NAMESPACES
from me_api.reports import setup as reports_setup
from me_api.reports.feed import ReportsFeed
from me_api.rest import setup as rest_setup
from me_api.storage import setup as storage_setup
from me_api.tokens import setup as tokens_setup
from me_api.transport import EventletLoop
from me_api.users import setup as users_setup

ROOT = Path(__file__).parent.parent

FEEDS: tuple[type[Feed], ...] = (ChatFeed, ReportsFeed, PresentationFeed)
"""What the log consists of."""


class Feature(Protocol):
    """A module that adds a feature to an application: routes, commands, namespaces, streams."""

    def init_app(self, app: Flask) -> None:
        """Serve the feature in an application."""


FEATURES: tuple[Feature, ...] = (
    me_setup,
    lessons_setup,
    users_setup,
    tokens_setup,
    reports_setup,
    chat_setup,
    moderation_setup,
    operations_setup,
    apidocs_setup,
)
LEFT_OUT: dict[str, tuple[Feature, ...]] = {
    "all": (),
    "chat": (lessons_setup, reports_setup),
    "api": (lessons_setup, chat_setup, moderation_setup),
}
"""The features that are not served, for each `ME_API_SERVE`."""

# A queue is what is done in a few seconds, after which clients would give up. One thread is enough
# for what uses several cores by itself (hashing), or holds the GIL (export).
POOLS = {"hashing": (1, 60), "search": (2, 60), "export": (1, 60)}
"""The threads for each kind of slow work, and how many requests may wait for them."""


def create_app(environ: Mapping[str, str] | None = None, instance: Path | None = None) -> Flask:
    """Create the application; raise `ConfigError` for an invalid setting."""
    instance = instance or ROOT / "instance"
    settings = config.load(os.environ if environ is None else environ, instance)
    app = Flask(__name__, instance_path=str(instance), static_folder=None)
    app.json = OrjsonProvider(app)
    app.config["SETTINGS"] = settings
    app.extensions["loop"] = EventletLoop()
    # Each uses what those before it have created, by the proxies in the modules that define it.
    metrics_setup.init_app(
        app, [*sorted(NAMESPACES), NATIVE], [*RATE_LIMITS, "connections", "rooms"]
    )
    storage_setup.init_app(app, ROOT / "migrations")
    cluster_setup.init_app(app)
    _init_limits(app, settings)
    markdown_setup.init_app(app)
    mail_setup.init_app(app)
    eventlog_setup.init_app(app, FEEDS)
    auth_setup.init_app(app)
    rest_setup.init_app(app)
    realtime_setup.init_app(app, topic)
    chat_setup.init_services(app)
    reports_setup.init_services(app)
    for feature in FEATURES:
        if feature not in LEFT_OUT[settings.serve]:
            feature.init_app(app)
    copying_setup.init_app(app)
    backup_setup.init_app(app)
    # Last: these serve what the features have added.
    realtime_setup.init_transport(app, [f"/socket.io/{name}" for name in CLIENT_FILES])
    rest_setup.trust_proxies(app)
    return app


def _init_limits(app: Flask, settings: config.Settings) -> None:
    """Create what refuses clients that ask for too much, or too often."""
    measured, loop = app.extensions["metrics"], app.extensions["loop"]
    app.extensions["rate_limiter"] = RateLimiter(
        settings.rate_limits == "on", read_rates(settings.rates), measured.count_refusal
    )
    app.extensions["pools"] = ThreadPools(
        **{
            kind: loop.thread_pool(threads, queue, partial(measured.refused_as_busy, kind))
            for kind, (threads, queue) in POOLS.items()
        }
    )
